import type { Question } from '../../benchmark.js';
import { readStoredPicture } from '../../files/tsv-table.js';
import type { MmBenchData, MmBenchRow } from './data.js';

/** Suffixes of LLaVA's `model_vqa_mmbench` by language. */
export const SUFFIXES = {
  en: "\nAnswer with the option's letter from the given choices directly.",
  cn: '\n请直接回答选项字母。',
} as const;

const MAX_NEW_TOKENS = 1024;

/** The options that LLaVA shows: it stops at the first that is missing or reads nan or none. */
function shownOptions({ options }: MmBenchRow): string[] {
  const shown: string[] = [];
  for (const letter of 'ABCD') {
    const text = options[letter];
    if (text === undefined || /^(?:nan|none)$/i.test(text)) break;
    shown.push(`${letter}. ${text}`);
  }
  return shown;
}

/** The rows as LLaVA asks them, every circular pass by itself. */
export function askMmBench({ rows }: MmBenchData, language: keyof typeof SUFFIXES): Question[] {
  const pictures = new Map(rows.map(({ index, picture }) => [index, picture]));
  return rows.map((row) => {
    const picture = row.picture ?? pictures.get(row.pictureIndex ?? '');
    const hint = row.hint === null ? [] : [row.hint];
    return {
      id: row.index,
      text: [...hint, row.question, ...shownOptions(row)].join('\n') + SUFFIXES[language],
      images: picture ? [() => readStoredPicture(picture)] : [],
      maxNewTokens: MAX_NEW_TOKENS,
    };
  });
}
