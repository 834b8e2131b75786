import { type FileHandle, open } from 'node:fs/promises';
import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import type { Question } from '../benchmark.js';
import { sha256 } from './identity.js';

/** One line of an answer file: LLaVA's fields, with what the run knows about the answer under `metadata`. */
export interface RunRecord {
  readonly question_id: string | number;
  readonly prompt: string;
  readonly text: string;
  readonly answer_id: string;
  readonly model_id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const recordSchema = z.object({
  question_id: z.union([z.string(), z.number()]),
  prompt: z.string(),
  text: z.string(),
  answer_id: z.string(),
  model_id: z.string(),
  metadata: z.record(z.string(), z.unknown()),
});

/** What tells two questions apart: ids alone are not unique in MME and TextVQA. */
function questionKey(id: string | number, text: string): string {
  return JSON.stringify([String(id), text]);
}

/** The key of a question's record. */
export function keyOfQuestion(question: Question): string {
  return questionKey(question.questionId ?? question.id, storedPrompt(question));
}

/** The prompt as the answer file holds it. */
export function storedPrompt({ storedPrompt: stored, text }: Question): string {
  return stored ?? text;
}

/** A short id of an answer that is the same in every run of the same identity. */
export function answerId(identityHash: string, key: string): string {
  return sha256(`${identityHash}\n${key}`).slice(0, 22);
}

/**
 * An append-only file of records, one whole line a record. Lines of an earlier, killed run are read; a torn last line is
 * cut off.
 */
export class RecordFile {
  private constructor(
    private readonly handle: FileHandle,
    /** Records by {@link questionKey}, in file order. */
    readonly records: Map<string, RunRecord>,
  ) {}

  /**
   * Opens or creates a file.
   *
   * @throws DATA_INVALID naming the line of a file that is no record file
   */
  static async open(path: string): Promise<RecordFile> {
    const handle = await open(path, 'a+');
    try {
      const bytes = await handle.readFile();
      const whole = bytes.lastIndexOf(0x0a) + 1;
      if (whole < bytes.length) await handle.truncate(whole);
      return new RecordFile(handle, parseRecords(path, bytes.subarray(0, whole).toString('utf8')));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Appends a record in one write. */
  async append(key: string, record: RunRecord): Promise<void> {
    this.records.set(key, record);
    await this.handle.appendFile(recordLine(record));
  }

  /** Waits until everything is on the disk, and closes. */
  async close(): Promise<void> {
    await this.handle.datasync();
    await this.handle.close();
  }
}

/** A record as it stands in the file. */
export function recordLine(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Parses the whole lines of a record file. */
export function parseRecords(path: string, text: string): Map<string, RunRecord> {
  const records = new Map<string, RunRecord>();
  text.split('\n').forEach((line, index) => {
    if (line === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    const parsed = recordSchema.safeParse(value);
    if (!parsed.success) {
      throw new AutopruneError(
        'DATA_INVALID',
        `${path}: line ${index + 1}: is no record of a run; repair or remove the file`,
        { path, line: index + 1 },
      );
    }
    const record = parsed.data;
    records.set(questionKey(record.question_id, record.prompt), record);
  });
  return records;
}
