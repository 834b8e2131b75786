import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { fileNameProblem } from './file-name.js';
import { type HubAnswer, openAnswer } from './hub-answer.js';
import type { HubConnection } from './hub-connection.js';
import { answerInvalid } from './hub-failure.js';
import { isCommit, type ModelReference } from './model-reference.js';
import { withRetries } from './retry.js';

/** What the hub says about a model at a revision. */
export interface ModelListing {
  /** 40-hex commit that the revision means now. */
  readonly commit: string;
  /** Paths of its files, each checked to stay inside a folder. */
  readonly files: readonly string[];
}

/** Models have some dozens of files; the largest that are sensible have some hundred shards. */
const MAX_FILES = 10_000;
/** Answers for such models take some kilobytes; with metadata of the largest about one megabyte. */
const MAX_BYTES = 32 * 1024 * 1024;

const schema = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/, 'is not a commit of 40 hexadecimal digits'),
  siblings: z.array(z.object({ rfilename: z.string() })),
});

async function boundedText(subject: ModelReference, answer: HubAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.chunks()) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      throw answerInvalid(subject, `answered more than the limit of ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseListing(subject: ModelReference, text: string): ModelListing {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const start = JSON.stringify(text.slice(0, 40));
    throw answerInvalid(subject, `answered ${text.length} characters that are not JSON (${start})`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw answerInvalid(subject, `answered ${path.join('.') || 'the whole'}: ${message}`);
  }
  const { sha, siblings } = parsed.data;
  if (siblings.length > MAX_FILES) {
    throw answerInvalid(subject, `lists ${siblings.length} files, above the limit of ${MAX_FILES}`);
  }
  const files = siblings.map(({ rfilename }) => rfilename);
  for (const file of files) {
    const problem = fileNameProblem(file);
    if (problem) {
      const shown = JSON.stringify(file.slice(0, 200));
      throw answerInvalid(subject, `lists the file ${shown}, whose name ${problem}`);
    }
  }
  return { commit: sha, files };
}

/**
 * Asks the hub which commit a revision is and which files it has.
 *
 * @throws HUB_*, or the signal's reason
 */
export async function fetchListing(
  hub: HubConnection,
  reference: ModelReference,
): Promise<ModelListing> {
  const { id, revision } = reference;
  const url = new URL(`${hub.endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`);
  const text = await withRetries(hub, reference, async () => {
    await using answer = await openAnswer(hub, { method: 'GET', url, subject: reference });
    return boundedText(reference, answer);
  });
  const listing = parseListing(reference, text);
  if (isCommit(revision) && listing.commit !== revision) {
    throw new AutopruneError(
      'HUB_ANSWER_INVALID',
      `${id}: the hub answered commit ${listing.commit} when asked for ${revision}; check HF_ENDPOINT`,
      { ...reference, commit: listing.commit },
    );
  }
  return listing;
}
