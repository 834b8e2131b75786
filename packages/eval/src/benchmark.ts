import type { Input } from './files/input.js';
import type { JudgeRequest } from './judge/request.js';
import type { MetricValue } from './metrics.js';

/** Where a rule was read. */
export interface ScorerSource {
  /** `owner/name` */
  readonly repository: string;
  readonly path: string;
  /** Commit read, at least 7 hexadecimal digits; null for a file that no repository holds. */
  readonly commit: string | null;
}

/** One way of turning answers into a number. Papers use different ones under one benchmark's name. */
export interface Definition {
  /** Stable name, as in `--definition`. */
  readonly name: string;
  readonly scorer: ScorerSource;
  /** What the score is divided by, in words: "answers of a split", "groups of circular passes". */
  readonly denominator: string;
  /** True when the definition was held against numbers printed by the script itself. */
  readonly verified: boolean;
  /** The number that papers print: its place in the metrics, and what it is multiplied with. */
  readonly headline?: { readonly path: readonly string[]; readonly scale: number };
}

/** What became of one item under one definition. */
export interface ItemRecord {
  readonly id: string;
  readonly gold: MetricValue;
  /** The answer as it was given; null where there is none. */
  readonly answer: string | null;
  /** What the parser made of the answer; null where it found nothing. */
  readonly parsed: MetricValue;
  /** The rule that decided, in a few words. */
  readonly rule: string;
  /** In the unit of the benchmark, 0 to 1 unless its definition says otherwise. */
  readonly score: number;
}

/** What a scorer returns for one definition. */
export interface Score {
  /** With the keys of the official script's result. */
  readonly metrics: MetricValue;
  /** What `Definition.denominator` came to. */
  readonly denominator: number;
  /** One a scored item, in the script's order; can be gone through more than once. Large sets make them on the way. */
  readonly items: Iterable<ItemRecord>;
  /** The exact text that the official script prints, where it prints one. */
  readonly printed?: string;
}

/** How answers fit the questions. */
export interface Counts {
  /** Questions of the data. */
  readonly items: number;
  /** Questions without an answer. */
  readonly missing: number;
  /** Answers to a question that already had one. */
  readonly duplicate: number;
  /** Answers to no question of the data. */
  readonly unknown: number;
  /** Answers in which the first definition's parser found nothing. */
  readonly unparsed: number;
}

/** One question, ready to be asked. */
export interface Question {
  /** With `text`, unique in the benchmark. */
  readonly id: string;
  /** The id with the type that the question file has, for the answer file; `id` by default. */
  readonly questionId?: string | number;
  /** The whole user text, prompt suffix included, without a picture placeholder. */
  readonly text: string;
  /** What the answer file holds as the prompt, where the official script stores another text than it asks. */
  readonly storedPrompt?: string;
  /** Picture files relative to the picture folder, or pictures that are read on demand, in order. */
  readonly images: readonly (string | (() => Promise<Uint8Array>))[];
  /** Most new tokens the official script allows. */
  readonly maxNewTokens: number;
  /** Split, task or category, where the answer file needs one. */
  readonly category?: string;
}

/** A file to hand in, whole. */
export interface UploadFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** Names under which other tools know a benchmark; accepted everywhere. */
export interface BenchmarkAliases {
  readonly lmmsEval: readonly string[];
  readonly vlmEvalKit: readonly string[];
}

/** A file or folder that must be there before a run. */
export interface BenchmarkFile {
  /** Relative to the benchmark's folder. */
  readonly path: string;
  /** Where it comes from, as an address or in words. */
  readonly source: string;
}

/**
 * One benchmark: what it is, how its files are read, asked and scored.
 *
 * @typeParam Data  questions and gold answers as read
 * @typeParam Answers  predictions as read
 */
export interface Benchmark<Data = unknown, Answers = unknown> {
  /** Lower case, letters, digits and hyphens; the name of its folder here. */
  readonly id: string;
  readonly title: string;
  readonly aliases: BenchmarkAliases;
  /** Groups it belongs to: `llava`, `uniprunebench`, `effivlm-bench`, … */
  readonly groups: readonly string[];
  /** Questions of the official set; 0 where it is not known. */
  readonly questionCount: number;
  /** The first one is the definition of the benchmark's own script. */
  readonly definitions: readonly [Definition, ...Definition[]];
  /** Its folder below LLaVA's `playground/data/eval`, where LLaVA has one. */
  readonly llavaFolder?: string;
  readonly files: readonly BenchmarkFile[];
  /** Folder of the pictures that questions name, relative to the benchmark's folder; the folder itself by default. */
  readonly pictureFolder?: string;
  /** Where upload files go, where the gold answers are not public. */
  readonly submission?: string;

  /** Reads questions and gold answers. */
  read(data: Input): Promise<Data>;
  /** Reads predictions in every format that the benchmark's scripts know. */
  readAnswers(predictions: Input, data: Data): Promise<Answers>;
  /** How answers fit questions; `unparsed` comes from the items of the first definition. */
  count(data: Data, answers: Answers): Omit<Counts, 'unparsed'>;
  /** Scores by one definition. Pure. */
  score(definition: string, data: Data, answers: Answers): Score;
  /** The same data with these questions alone, for runs over a part. */
  select?(data: Data, ids: ReadonlySet<string>): Data;
  /** The questions in the order of the official file; absent where the data has gold answers alone. */
  questions?(data: Data): readonly Question[];
  /** What a judge would be asked about answers that have no recorded reply; absent where no definition needs one. */
  judgeRequests?(data: Data, answers: Answers): readonly JudgeRequest[];
  /** The files to hand in, checked against the server's rules. */
  upload?(data: Data, answers: Answers): readonly UploadFile[];
}
