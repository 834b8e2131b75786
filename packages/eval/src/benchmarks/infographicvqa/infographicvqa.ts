import { anlsDefinitions, askDocument, documentSchema } from '../docvqa/document-rows.js';
import { rowBenchmark } from '../row-benchmark.js';

/** InfographicVQA: questions about infographics. */
export const infographicvqa = rowBenchmark({
  id: 'infographicvqa',
  title: 'InfographicVQA',
  aliases: {
    lmmsEval: ['infovqa', 'infovqa_val', 'infovqa_test'],
    vlmEvalKit: ['InfoVQA_VAL', 'InfoVQA_TEST'],
  },
  groups: ['documents', 'effivlm-bench'],
  questionCount: 2801,
  definitions: anlsDefinitions(false),
  files: [
    {
      path: 'infographicsVQA_val_v1.0_withQT.json',
      source: 'https://rrc.cvc.uab.es/?ch=17&com=downloads',
    },
  ],
  submission: 'https://rrc.cvc.uab.es/?ch=17&com=mymethods&task=3',
  dataNames: [
    'rows.jsonl',
    'infographicsVQA_val_v1.0_withQT.json',
    'infographicVQA_val_v1.0.json',
    'val.jsonl',
    'infographicsVQA_test_v1.0.json',
    'test.jsonl',
  ],
  schema: documentSchema,
  ask: askDocument,
});
