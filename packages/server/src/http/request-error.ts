import { AutopruneError } from '@autoprune/core';
import type { z } from '@hono/zod-openapi';

type Issue = z.core.$ZodIssue;

/** Where a value stands, as one writes it: `messages[0].content`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** Of the ways that a union could have been meant, the one that came furthest. */
function deepest(issue: Issue, path: readonly PropertyKey[] = []): Issue {
  const here = { ...issue, path: [...path, ...issue.path] };
  if (issue.code !== 'invalid_union') return here;
  const inner = issue.errors.flatMap((issues) => issues.slice(0, 1));
  const found = inner.map((one) => deepest(one, here.path));
  return found.reduce<Issue>(
    (best, one) => (one.path.length > best.path.length ? one : best),
    here,
  );
}

/** The error of a body that is not a chat request: the first field that is wrong, and how. */
export function requestError({ issues }: z.core.$ZodError): AutopruneError {
  const issue = deepest(issues[0]!);
  const param = pathText(issue.path).slice(0, 200);
  return new AutopruneError(
    'REQUEST_INVALID',
    `${param || 'The body'}: ${issue.message.slice(0, 500)}; GET /openapi.json describes the request`,
    { param: param || null },
  );
}
