// Accuracy of the embedded model on its evaluation set: unpruned, and methods at three budgets.
// An answer counts when the generated text, trimmed, equals the expected one.
//
//   node bench/accuracy.mjs [--limit 300] [--methods none,autoprune,fastv,random] [--budgets 64,32,16]
import { loadModel } from '@autoprune/llava';
import { flags, writeReport } from './report.mjs';
import { picturePath, readAnnotations, readQuestions } from './shapesvqa.mjs';

const { limit, methods, budgets, name } = flags({
  limit: 0,
  methods: 'none,autoprune,autoprune:reference,fastv,random',
  budgets: '64,32,16',
  name: 'accuracy',
});

const annotations = readAnnotations();
const all = readQuestions();
const questions = limit > 0 ? all.slice(0, limit) : all;
const model = await loadModel('tiny');

/** Configurations: `name`, `name:reference`, at every budget; `none` once. */
const runs = methods.split(',').flatMap((text) => {
  const [method, mode] = text.split(':');
  const targets = method === 'none' ? [undefined] : budgets.split(',').map(Number);
  return targets.map((target) => ({
    label: text,
    method,
    reference: mode === 'reference',
    target,
  }));
});

const unpruned = new Map();
const results = [];
for (const run of runs) {
  const kinds = new Map();
  let agreed = 0;
  let entering = 0;
  let leaving = 0;
  let flopsRatio = 0;
  const complexity = [];
  let picture;
  let image = '';
  for (const question of questions) {
    if (question.image !== image) {
      image = question.image;
      picture = await model.preparePicture(picturePath(image));
    }
    const { answer, cost, method } = await model.generate({
      messages: question.text,
      images: [picture],
      method: run.method,
      reference: run.reference,
      ...(run.target === undefined ? {} : { budget: { kind: 'meanLeaving', value: run.target } }),
      maxNewTokens: 16,
    });
    const { answer: expected, category } = annotations.get(question.question_id);
    const kind = kinds.get(category) ?? { right: 0, questions: 0 };
    kind.right += answer === expected ? 1 : 0;
    kind.questions++;
    kinds.set(category, kind);
    if (run.method === 'none') unpruned.set(question.question_id, answer);
    else agreed += answer === unpruned.get(question.question_id) ? 1 : 0;
    entering += cost.meanEntering;
    leaving += cost.meanLeaving;
    flopsRatio += cost.flopsRatio;
    if (method.complexity !== undefined) complexity.push(method.complexity);
  }
  const count = questions.length;
  const right = [...kinds.values()].reduce((sum, kind) => sum + kind.right, 0);
  const sorted = complexity.sort((a, b) => a - b);
  results.push({
    method: run.label,
    targetTokens: run.target ?? null,
    accuracy: right / count,
    agreement: run.method === 'none' ? 1 : agreed / count,
    meanEntering: entering / count,
    meanLeaving: leaving / count,
    flopsRatio: flopsRatio / count,
    byKind: Object.fromEntries([...kinds].map(([kind, one]) => [kind, one.right / one.questions])),
    ...(sorted.length > 0
      ? {
          complexity: {
            min: sorted[0],
            median: sorted[Math.floor(sorted.length / 2)],
            max: sorted.at(-1),
          },
        }
      : {}),
  });
  const last = results.at(-1);
  console.log(
    `${run.label.padEnd(20)} ${String(run.target ?? 'all').padStart(4)}  accuracy ${(100 * last.accuracy).toFixed(1)} %  agreement ${(100 * last.agreement).toFixed(1)} %  entering ${last.meanEntering.toFixed(1)}  FLOPs ${(100 * last.flopsRatio).toFixed(1)} %`,
  );
}
await model.release();
writeReport(name, { model: 'tiny', questions: questions.length, results });
