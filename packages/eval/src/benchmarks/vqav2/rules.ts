import {
  cleanVqaAnswer,
  normaliseM4cAnswer,
  processVqaAnswer,
  remembered,
} from '../../scoring/vqa/normalise.js';
import {
  removePunctuation,
  VLMEVALKIT_PUNCTUATION,
  VQA_PUNCTUATION,
} from '../../scoring/vqa/punctuation.js';
import { normaliseWords } from '../../scoring/vqa/words.js';

/** What one definition compares: both sides of an answer, and the words for it. */
export interface VqaRule {
  /** @param unanimous  true when all human answers are the same text */
  readonly prediction: (text: string, unanimous: boolean) => string;
  readonly human: (text: string, unanimous: boolean) => string;
  /** What makes two human answers the same when it is asked whether all are. */
  readonly identity: (text: string) => string;
  readonly describe: (unanimous: boolean) => string;
}

/** vqaEval.py since commit a013f00 of March 2021: unanimous answers are compared as they are. */
export function headRule(): VqaRule {
  const clean = remembered(cleanVqaAnswer);
  const process = remembered((text) => processVqaAnswer(cleanVqaAnswer(text)));
  const side = (text: string, unanimous: boolean): string =>
    unanimous ? clean(text) : process(text);
  return {
    prediction: side,
    human: side,
    identity: clean,
    describe: (unanimous) => (unanimous ? 'unanimous answers: raw text' : 'both sides normalised'),
  };
}

/** vqaEval.py before that: the prediction is always processed, people's answers lose punctuation alone. */
export function oldRule(): VqaRule {
  const process = remembered((text) => processVqaAnswer(cleanVqaAnswer(text)));
  const punctuation = remembered((text) => removePunctuation(text, VQA_PUNCTUATION));
  return {
    prediction: process,
    human: (text, unanimous) => (unanimous ? text : punctuation(text)),
    identity: (text) => text,
    describe: (unanimous) =>
      unanimous
        ? 'unanimous answers: prediction normalised'
        : 'prediction normalised, answers without punctuation',
  };
}

/** {@link headRule} on what LLaVA uploads. */
export function uploadRule(): VqaRule {
  const head = headRule();
  const upload = remembered(normaliseM4cAnswer);
  return {
    ...head,
    prediction: (text, unanimous) => head.prediction(upload(text), unanimous),
  };
}

/** The m4c evaluator: both sides through its processor. */
export function m4cRule(): VqaRule {
  const normalise = remembered(normaliseM4cAnswer);
  return {
    prediction: normalise,
    human: normalise,
    identity: normalise,
    describe: () => 'both sides by m4c',
  };
}

/** A rule that normalises both sides of every question in one way. */
function bothSides(normalise: (text: string) => string, words: string): VqaRule {
  const side = remembered((text) => normalise(cleanVqaAnswer(text)));
  return { prediction: side, human: side, identity: side, describe: () => words };
}

/** lmms-eval: the official steps on both sides, unanimous or not. */
export const lmmsEvalRule = (): VqaRule => bothSides(processVqaAnswer, 'both sides normalised');

/** VLMEvalKit: as lmms-eval, with the period rule put right. */
export const vlmEvalKitRule = (): VqaRule =>
  bothSides(
    (text) => normaliseWords(removePunctuation(text, VLMEVALKIT_PUNCTUATION)),
    'both sides normalised, periods beside digits kept',
  );
