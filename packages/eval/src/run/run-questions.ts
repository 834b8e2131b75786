import { join } from 'node:path';
import type { Question } from '../benchmark.js';
import type { Answered, Answerer, AnswerPicture } from './answerer.js';
import type { Shard } from './choose-questions.js';
import { shardOf } from './choose-questions.js';
import { conversationOf, type Preamble } from './conversation.js';
import { appendFailure, type RunFailure } from './failures.js';
import type { RunIdentity } from './identity.js';
import { lockFile } from './lock-file.js';
import { ANSWER_FILE, openRunFolder, shardFile, writeWhole } from './run-folder.js';
import {
  answerId,
  keyOfQuestion,
  RecordFile,
  type RunRecord,
  recordLine,
  storedPrompt,
} from './run-records.js';
import { appendTimings } from './timings.js';

/** How far a run is. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  /** Questions a second of this process; 0 before the first. */
  readonly perSecond: number;
}

/** What to run. */
export interface RunRequest {
  readonly answerer: Answerer;
  readonly identity: RunIdentity;
  /** All questions of the run, of every shard. */
  readonly questions: readonly Question[];
  readonly modelId: string;
  readonly folder: string;
  /** Folder of the pictures that questions name. */
  readonly pictureFolder: string;
  /** What stands before every question; it belongs into the identity. */
  readonly preamble?: Preamble;
  readonly shard?: Shard;
  /** Questions asked at a time; more than 1 for endpoints. Default 1. */
  readonly concurrency?: number;
  /** Tries of a question before it counts as failed. Default 2. */
  readonly tries?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** What a run left behind. */
export interface RunOutcome {
  readonly answerFile: string;
  readonly answered: number;
  readonly total: number;
  readonly failures: readonly RunFailure[];
}

function costOf(cost: NonNullable<Answered['cost']>): Readonly<Record<string, number>> {
  const { meanEntering, meanLeaving, flops, flopsRatio, kvBytes, kvBytesUnpruned } = cost;
  const hasCache = kvBytes !== undefined && kvBytesUnpruned !== undefined && kvBytesUnpruned > 0;
  return {
    ...{ meanEntering, meanLeaving, flops, flopsRatio },
    ...(hasCache && { kvRatio: kvBytes / kvBytesUnpruned }),
  };
}

function recordOf(request: RunRequest, question: Question, answered: Answered): RunRecord {
  const { finishReason, cost } = answered;
  return {
    question_id: question.questionId ?? question.id,
    prompt: storedPrompt(question),
    text: answered.answer,
    answer_id: answerId(request.identity.hash, keyOfQuestion(question)),
    model_id: request.modelId,
    metadata: {
      run: request.identity.hash.slice(0, 12),
      ...(finishReason === undefined ? {} : { finishReason }),
      ...(cost && costOf(cost)),
    },
  };
}

async function picturesOf({ images }: Question, folder: string): Promise<readonly AnswerPicture[]> {
  return Promise.all(
    images.map((image) => (typeof image === 'string' ? join(folder, image) : image())),
  );
}

/** Asks one question, again after an error, and gives the last error up. */
async function ask(request: RunRequest, question: Question): Promise<Answered> {
  const { answerer, signal, tries = 2, pictureFolder, preamble = {} } = request;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      const images = await picturesOf(question, pictureFolder);
      return await answerer.generate({
        ...conversationOf(question.text, images, preamble),
        maxNewTokens: question.maxNewTokens,
        ...(signal && { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= tries) throw error;
    }
  }
}

/** Puts the answers in the order of the questions, unless they are in it already. */
async function putInOrder(
  path: string,
  records: ReadonlyMap<string, RunRecord>,
  questions: readonly Question[],
): Promise<void> {
  const ordered = questions.map(keyOfQuestion).filter((key) => records.has(key));
  const written = [...records.keys()];
  if (ordered.every((key, at) => key === written[at]) && ordered.length === written.length) return;
  await writeWhole(path, ordered.map((key) => recordLine(records.get(key)!)).join(''));
}

/**
 * Answers questions into `answers.jsonl` (of a shard: `answers.<i>-of-<n>.jsonl`). What is answered already is not asked
 * again, so a killed run goes on where it was, and its file is in the end that of an uninterrupted run. Times go to
 * `timings.jsonl`, because they never repeat.
 *
 * @throws RUN_MISMATCH when the folder holds another run
 * @throws RUN_BUSY when another process is writing the same answer file
 */
export async function runQuestions(request: RunRequest): Promise<RunOutcome> {
  const { folder, identity, shard, signal } = request;
  await openRunFolder(folder, identity);
  const own = shard ? shardOf(request.questions, shard) : request.questions;
  const answerFile = join(folder, shard ? shardFile(shard) : ANSWER_FILE);
  await using _lock = await lockFile(answerFile);
  const file = await RecordFile.open(answerFile);
  const open = own.filter((question) => !file.records.has(keyOfQuestion(question)));
  const failures: RunFailure[] = [];
  const started = performance.now();
  let asked = 0;
  const report = (): void => {
    const seconds = (performance.now() - started) / 1000;
    request.onProgress?.({
      done: file.records.size,
      total: own.length,
      failed: failures.length,
      perSecond: asked === 0 ? 0 : asked / seconds,
    });
  };
  const answerOne = async (question: Question): Promise<void> => {
    try {
      const answered = await ask(request, question);
      await file.append(keyOfQuestion(question), recordOf(request, question, answered));
      if (answered.timings) await appendTimings(folder, question, answered);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = { id: question.id, message: (error as Error).message };
      failures.push(failure);
      await appendFailure(folder, failure);
    }
    asked++;
    report();
  };
  report();
  try {
    const queue = open.values();
    const worker = async (): Promise<void> => {
      for (const question of queue) await answerOne(question);
    };
    await Promise.all(Array.from({ length: request.concurrency ?? 1 }, worker));
  } finally {
    await file.close();
  }
  await putInOrder(answerFile, file.records, own);
  return { answerFile, answered: file.records.size, total: own.length, failures };
}
