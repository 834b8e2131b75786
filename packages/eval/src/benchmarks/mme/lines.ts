/** One line of an official result file. */
export interface MmeLine {
  readonly task: string;
  /** The picture's file name, or that of its text file. */
  readonly file: string;
  readonly question: string;
  readonly gold: 'yes' | 'no';
  /** Undefined where the question has no answer. */
  readonly answer: string | undefined;
}

/** How each scorer reads an answer. */
export type MmeParser = (answer: string) => 'yes' | 'no' | null;

/** First code points of a text. */
const prefix = (text: string, length: number): string =>
  [...text.slice(0, 2 * length)].slice(0, length).join('');

const labelOf = (text: string): 'yes' | 'no' | null =>
  text.includes('yes') ? 'yes' : text.includes('no') ? 'no' : null;

/** The first four characters decide, lower-cased: yes before no. */
export const parseByScript: MmeParser = (answer) => labelOf(prefix(answer.toLowerCase(), 4));
