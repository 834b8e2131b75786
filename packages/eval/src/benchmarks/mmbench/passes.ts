import type { Answer } from '../../answers.js';
import { Groups } from '../../groups.js';
import type { MmBenchData, MmBenchRow } from './data.js';

/** Passes of one question have indices that are equal modulo this. */
const PASS_STEP = 1_000_000;

/** One row with its answer; the empty text where there is none. */
export interface AnsweredRow {
  readonly row: MmBenchRow;
  readonly answer: string | undefined;
}

/** The circular passes of one question in file order, and its first pass. */
export interface Passes {
  readonly main: MmBenchRow;
  readonly rows: readonly AnsweredRow[];
}

/** The rows with their last answers. */
export function answeredRows({ rows }: MmBenchData, answers: readonly Answer[]): AnsweredRow[] {
  const byIndex = new Map(answers.map(({ id, text }) => [id, text]));
  return rows.map((row) => ({ row, answer: byIndex.get(row.index) }));
}

const isFirstPass = ({ index }: MmBenchRow): boolean => Number(index) < PASS_STEP;

/** The rows that are first passes. */
export function firstPasses(rows: readonly AnsweredRow[]): AnsweredRow[] {
  return rows.filter(({ row }) => isFirstPass(row));
}

/** Groups rows by question, in the order of the first passes. */
export function passesOf(rows: readonly AnsweredRow[]): Passes[] {
  const groups = new Groups<number, AnsweredRow>();
  for (const answered of rows) groups.add(Number(answered.row.index) % PASS_STEP, answered);
  return firstPasses(rows).map(({ row }) => ({
    main: row,
    rows: groups.get(Number(row.index)),
  }));
}
