import { rowBenchmark } from '../row-benchmark.js';
import { anlsDefinitions, askDocument, documentSchema } from './document-rows.js';

/** DocVQA: questions about pages of industry documents. */
export const docvqa = rowBenchmark({
  id: 'docvqa',
  title: 'DocVQA',
  aliases: {
    lmmsEval: ['docvqa', 'docvqa_val', 'docvqa_test'],
    vlmEvalKit: ['DocVQA_VAL', 'DocVQA_TEST'],
  },
  groups: ['documents', 'effivlm-bench'],
  questionCount: 5349,
  definitions: anlsDefinitions(true),
  files: [{ path: 'val_v1.0.json', source: 'https://rrc.cvc.uab.es/?ch=17&com=downloads' }],
  submission: 'https://rrc.cvc.uab.es/?ch=17&com=mymethods&task=1',
  dataNames: [
    'rows.jsonl',
    'val_v1.0.json',
    'val_v1.0_withQT.json',
    'val.jsonl',
    'test_v1.0.json',
    'test.jsonl',
  ],
  schema: documentSchema,
  ask: askDocument,
});
