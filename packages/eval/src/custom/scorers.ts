import type { ItemRecord } from '../benchmark.js';
import { relaxedMatch } from '../benchmarks/chartqa/relaxed.js';
import { anlsOverRawLength, anlsOverTrimmedLength } from '../benchmarks/docvqa/anls.js';
import { canInfer } from '../scoring/choice/can-infer.js';
import { extractLetter } from '../scoring/choice/extract-letter.js';
import { pythonTrim } from '../scoring/python/text.js';
import { extractYesOrNo } from '../scoring/yes-or-no.js';

/** The gold side of a row of one's own benchmark. */
export interface CustomGold {
  /** At least one; any of them will do. */
  readonly answers: readonly string[];
  /** Option texts by letter; empty without options. */
  readonly options: Readonly<Record<string, string>>;
}

/** What became of one answer. */
export type Verdict = Pick<ItemRecord, 'parsed' | 'rule' | 'score'>;

type CustomScorer = (answer: string, gold: CustomGold) => Verdict;

const lowerLine = (text: string): string => pythonTrim(text.toLowerCase()).replaceAll('\n', ' ');

function compare(clean: (text: string) => string, rule: string): CustomScorer {
  return (answer, { answers }) => {
    const parsed = clean(answer);
    const score = Number(answers.some((gold) => clean(gold) === parsed));
    return { parsed: parsed === '' ? null : parsed, rule, score };
  };
}

/** Right when the found letter (or word) is the gold one. */
function verdictOf(found: string | null, rule: string, { answers }: CustomGold): Verdict {
  const score = Number(
    found !== null &&
      answers.some((gold) => pythonTrim(gold).toLowerCase() === found.toLowerCase()),
  );
  return { parsed: found, rule, score };
}

/** Scorers that a specification can name; the same functions as those of the built-in benchmarks. */
export const CUSTOM_SCORERS = {
  /** The answer is a gold answer, blanks at the ends apart. */
  exact_match: compare(pythonTrim, 'same text'),
  /** The same without regard to case. */
  exact_match_ignore_case: compare(
    (text) => pythonTrim(text).toLowerCase(),
    'same text but for case',
  ),
  /** A gold answer stands in the answer, without regard to case: OCRBench's rule. */
  contains: (answer, { answers }) => {
    const parsed = lowerLine(answer);
    const score = Number(answers.some((gold) => parsed.includes(lowerLine(gold))));
    return { parsed, rule: 'gold text in the answer', score };
  },
  /** ChartQA's rule: numbers may be off by 5 %. */
  relaxed_accuracy: (answer, { answers }) => {
    const matches = answers.map((gold) => relaxedMatch(answer, gold));
    const { correct, parsed, rule } = matches.find((match) => match.correct) ?? matches[0]!;
    return { parsed, rule, score: Number(correct) };
  },
  /** DocVQA's rule in lmms-eval and VLMEvalKit. */
  anls: (answer, { answers }) => ({
    parsed: answer,
    rule: 'normalised edit distance',
    score: anlsOverRawLength(answer, answers),
  }),
  /** DocVQA's rule in mmf and LLaVA; 0 where that fails. */
  anls_stvqa: (answer, { answers }) => ({
    parsed: answer,
    rule: 'normalised edit distance of trimmed texts',
    score: anlsOverTrimmedLength(answer, answers) ?? 0,
  }),
  /** lmms-eval's letter extractor. */
  option_letter: (answer, gold) => {
    const { letter, rule } = extractLetter(answer, Object.keys(gold.options));
    return verdictOf(letter, rule, gold);
  },
  /** VLMEvalKit's option matching. */
  option_inference: (answer, gold) => {
    const { option, rule } = canInfer(answer, gold.options);
    return verdictOf(option, rule, gold);
  },
  /** VLMEvalKit's search for the words yes and no. */
  yes_or_no: (answer, gold) =>
    verdictOf(extractYesOrNo(answer), 'one of the words yes and no', gold),
} as const satisfies Readonly<Record<string, CustomScorer>>;

/** Names of the scorers. */
export type CustomScorerName = keyof typeof CUSTOM_SCORERS;

export const CUSTOM_SCORER_NAMES = Object.keys(CUSTOM_SCORERS) as [
  CustomScorerName,
  ...CustomScorerName[],
];
