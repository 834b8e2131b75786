import { AutopruneError } from '@autoprune/core';

/** A model of the hub at a revision. */
export interface ModelReference {
  /** `org/name` */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** The hub's rule for one part of an id. */
const PART = /^\w(?:[\w.-]{0,94}\w)?$/;
/** Longest revision that the hub's tools pass on; also bounds the path of its file in the cache. */
const MAX_REVISION = 255;
/** A whole commit id. */
const COMMIT = /^[0-9a-f]{40}$/;

/** True for a whole commit id, which needs no look-up. */
export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

function isModelId(id: string): boolean {
  const parts = id.split('/');
  // The cache joins the parts with --, so that ids must not contain it.
  return parts.length === 2 && parts.every((part) => PART.test(part)) && !/--|\.\./.test(id);
}

/** Git's rule for names of references, as far as paths and addresses care. */
function isRevision(revision: string): boolean {
  return (
    revision.length <= MAX_REVISION &&
    !/[\s\p{Cc}\p{Cs}\\~^:?*[]/u.test(revision) &&
    revision.split('/').every((part) => /^[^.-].*$/.test(part) && !/\.\.|\.$/.test(part))
  );
}

/** True when a word has the shape `org/name` or `org/name@revision`; says nothing about whether it exists. */
export function isModelReference(ref: string): boolean {
  const [id = '', ...rest] = ref.split('@');
  return isModelId(id) && (rest.length === 0 || isRevision(rest.join('@')));
}

/**
 * Reads `org/name` or `org/name@revision`.
 *
 * @param revision  the revision where `ref` names none
 * @throws ARGUMENT_INVALID for another shape, or for two different revisions
 */
export function parseModelReference(ref: string, revision?: string): ModelReference {
  const at = ref.indexOf('@');
  const id = at < 0 ? ref : ref.slice(0, at);
  const own = at < 0 ? undefined : ref.slice(at + 1);
  if (!isModelId(id)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected a model of the hub as org/name, each part of at most 96 letters, digits, ".", "_" and "-", but received ${JSON.stringify(id.slice(0, 200))}; an example is llava-hf/llava-1.5-7b-hf`,
      { ref: ref.slice(0, 400) },
    );
  }
  if (own !== undefined && revision !== undefined && own !== revision) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `${id}: two revisions are named, ${own} and ${revision}; give one`,
      { id, revisions: [own, revision] },
    );
  }
  const wanted = own ?? revision ?? 'main';
  if (!isRevision(wanted)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `${id}: ${JSON.stringify(wanted.slice(0, 300))} cannot be a revision; give a branch, a tag or a commit of at most ${MAX_REVISION} characters`,
      { id, revision: wanted.slice(0, 300) },
    );
  }
  return { id, revision: wanted };
}
