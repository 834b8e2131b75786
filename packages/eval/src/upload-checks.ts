import { AutopruneError } from '@autoprune/core';

/**
 * Checks that every question of an upload has an answer.
 *
 * @param title  of the benchmark, for the message
 * @throws ANSWERS_INCOMPLETE with how many have none, and the first
 */
export function requireEveryAnswer(
  title: string,
  ids: readonly string[],
  isAnswered: (id: string) => boolean,
): void {
  const missing = ids.filter((id) => !isAnswered(id));
  if (missing.length === 0) return;
  throw new AutopruneError(
    'ANSWERS_INCOMPLETE',
    `${missing.length} of ${ids.length} ${title} questions have no answer (the first is ${missing[0]}), and the server takes all or none; answer them before the upload`,
    { missing: missing.length, questions: ids.length, first: missing[0] },
  );
}

/**
 * Checks that an upload would have an answer at all, where the server takes gaps.
 *
 * @throws ANSWERS_MISMATCH
 */
export function requireSomeAnswer(
  title: string,
  ids: readonly string[],
  isAnswered: (id: string) => boolean,
): void {
  if (ids.some(isAnswered)) return;
  throw new AutopruneError(
    'ANSWERS_MISMATCH',
    `no answer belongs to one of the ${ids.length} ${title} questions; is it the answer file of another split or benchmark?`,
    { questions: ids.length },
  );
}

/**
 * Checks that the server can tell the rows of an upload apart.
 *
 * @param what  what the rows are told apart by, as "question id"
 * @throws DATA_INVALID naming the first that comes twice
 */
export function requireDistinct(title: string, what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) {
      throw new AutopruneError(
        'DATA_INVALID',
        `the ${title} questions have the ${what} ${name} twice, and the server takes each once; get the question file again`,
        { name },
      );
    }
    seen.add(name);
  }
}

/**
 * Checks the form of the names that the server knows rows by.
 *
 * @param form  a name that fits, for the message
 * @throws DATA_INVALID naming the first that does not fit
 */
export function requireForm(
  title: string,
  what: string,
  names: readonly string[],
  { pattern, form }: { readonly pattern: RegExp; readonly form: string },
): void {
  const other = names.find((name) => !pattern.test(name));
  if (other === undefined) return;
  throw new AutopruneError(
    'DATA_INVALID',
    `the ${title} questions have the ${what} ${JSON.stringify(other)}, and the server knows such as ${form}; get the question file again`,
    { name: other },
  );
}

/** Ids that an upload writes as whole numbers, without losing a digit. */
export const WHOLE_ID = { pattern: /^(?:0|[1-9]\d{0,14})$/, form: '1000007' };
