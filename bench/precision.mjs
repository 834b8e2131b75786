// What precision costs on the embedded model, of weights and of caches: accuracy on its evaluation set, agreement of the
// answers with those of float32, and overlap of the kept positions with float32's, unpruned and at three budgets.
//
//   node bench/precision.mjs [--every 1] [--budgets 64,32,16]
import { CACHE_DTYPES, DTYPES, loadModel } from '@autoprune/llava';
import { flags, writeReport } from './report.mjs';
import { picturePath, readAnnotations, readQuestions } from './shapesvqa.mjs';

const { every, budgets, name } = flags({ every: 1, budgets: '64,32,16', name: 'precision' });
const annotations = readAnnotations();
const questions = readQuestions().filter((_, index) => index % every === 0);
const targets = [undefined, ...budgets.split(',').map(Number)];

/** Mean over layers of the share of kept patches that two runs have in common. */
function overlap(kept, other) {
  const shares = [];
  kept.forEach((rows, layer) => {
    const mine = rows.filter((row) => typeof row === 'number');
    const theirs = new Set(other[layer].filter((row) => typeof row === 'number'));
    const most = Math.max(mine.length, theirs.size);
    if (most > 0) shares.push(mine.filter((row) => theirs.has(row)).length / most);
  });
  return shares.reduce((a, b) => a + b, 0) / shares.length;
}

const exact = new Map();
const results = [];
const precisions = [
  ...DTYPES.map((dtype) => ({ dtype, cacheDtype: 'fp32' })),
  ...CACHE_DTYPES.slice(1).map((cacheDtype) => ({ dtype: 'mixed', cacheDtype })),
];
for (const { dtype, cacheDtype } of precisions) {
  const model = await loadModel('tiny', { dtype, cacheDtype });
  for (const target of targets) {
    let right = 0;
    let agreed = 0;
    let common = 0;
    for (const question of questions) {
      const { answer, trace } = await model.generate({
        messages: question.text,
        images: [picturePath(question.image)],
        method: target === undefined ? 'none' : 'autoprune',
        ...(target === undefined ? {} : { budget: { kind: 'meanLeaving', value: target } }),
        maxNewTokens: 16,
        trace: true,
      });
      const key = `${question.question_id} ${target}`;
      if (dtype === 'fp32') exact.set(key, { answer, kept: trace.kept });
      const reference = exact.get(key);
      right += answer === annotations.get(question.question_id).answer ? 1 : 0;
      agreed += answer === reference.answer ? 1 : 0;
      common += overlap(trace.kept, reference.kept);
    }
    const count = questions.length;
    results.push({
      dtype,
      cacheDtype,
      targetTokens: target ?? null,
      accuracy: right / count,
      agreement: agreed / count,
      keptOverlap: common / count,
    });
    const last = results.at(-1);
    const percent = (value) => `${(100 * value).toFixed(2)} %`;
    console.log(
      `${dtype.padEnd(6)} ${cacheDtype} ${String(target ?? 'all').padStart(4)}  accuracy ${percent(last.accuracy)}  agreement ${percent(last.agreement)}  kept in common ${percent(last.keptOverlap)}`,
    );
  }
  await model.release();
}
writeReport(name, { model: 'tiny', questions: questions.length, results });
