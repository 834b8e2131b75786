// Every method at the same FLOPs on the embedded model's evaluation set: accuracy by kind of question, agreement with the
// unpruned model, and what it really cost. FitPrune's scheme and MustDrop's thresholds are fitted on questions that are not
// scored. Writes bench/results/methods.json and the table docs/methods/accuracy.md.
//
//   node bench/methods.mjs [--questions 400] [--budgets 0.6,0.5,0.42] [--calibration 50]
import { AutopruneError } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
import { loadModel } from '@autoprune/llava';
import { fitFitprune, fitMustdrop } from './methods-fit.mjs';
import { writeTable } from './methods-table.mjs';
import { flags, writeReport } from './report.mjs';
import { picturePath, readAnnotations, readQuestions } from './shapesvqa.mjs';

const options = flags({
  questions: 400,
  budgets: '0.6,0.5,0.42',
  cache: '0.5,0.25,0.1',
  calibration: 50,
});
const answers = readAnnotations();
const all = readQuestions();
// Every so many of the set, so that all pictures and kinds are in it; the fit takes others.
const step = Math.max(1, Math.floor(all.length / (options.questions + options.calibration)));
const sample = all.filter((_, index) => index % step === 0);
const calibration = sample.filter((_, index) => index % 9 === 4).slice(0, options.calibration);
const held = new Set(calibration.map((one) => one.question_id));
const questions = sample.filter((one) => !held.has(one.question_id)).slice(0, options.questions);
const budgets = options.budgets.split(',').map(Number);
const cacheShares = options.cache.split(',').map(Number);
const model = await loadModel('tiny');

const pictures = new Map();
async function ask(question, run) {
  if (!pictures.has(question.image)) {
    pictures.set(question.image, await model.preparePicture(picturePath(question.image)));
  }
  return model.generate({
    messages: question.text,
    images: [pictures.get(question.image)],
    maxNewTokens: 16,
    ...run,
  });
}

const NATIVE = { kind: 'native' };
const runs = [{ label: 'none', basis: 'all', options: { method: 'none' } }];
for (const method of methods) {
  const { name, budgets: kinds } = method;
  if (name === 'none' || name === 'cdpruner') continue;
  if (kinds?.includes('keepRatio')) {
    for (const value of cacheShares) {
      const budget = { kind: 'keepRatio', value };
      runs.push({ label: name, basis: 'cache', asked: value, options: { method: name, budget } });
    }
    continue;
  }
  if (name === 'prumerge') {
    runs.push({ label: name, basis: 'native', options: { method: name, budget: NATIVE } });
    continue;
  }
  for (const value of budgets) {
    const seeds = name === 'random' ? [0, 1, 2] : [0];
    for (const seed of seeds) {
      const given = { method: name, seed };
      if (name === 'mustdrop') given.parameters = await fitMustdrop(calibration, ask, value);
      else given.budget = { kind: 'flops', value };
      runs.push({
        label: seed > 0 ? `${name} seed ${seed}` : name,
        basis: 'flops',
        asked: value,
        options: given,
      });
    }
    // Every slope is 0 with the mapped gamma (docs/decisions/0003); this one shows the curve at work.
    if (name === 'autoprune') {
      const given = {
        method: name,
        parameters: { gamma: 0.025 },
        budget: { kind: 'flops', value },
      };
      runs.push({ label: 'autoprune, gamma 0.025', basis: 'flops', asked: value, options: given });
    }
    if (name === 'fitprune') {
      const parameters = await fitFitprune(model, calibration, ask, value);
      runs.push({
        label: 'fitprune, refitted',
        basis: 'flops',
        asked: value,
        options: { method: name, parameters },
      });
    }
  }
}

const tallies = runs.map(() => ({
  right: new Map(),
  agreed: 0,
  flopsRatio: 0,
  entering: 0,
  kvShare: 0,
  visionFlops: 0,
  pruningFlops: 0,
  complexity: [],
  slope: [],
}));
for (const [index, question] of questions.entries()) {
  const { answer: expected, category } = answers.get(question.question_id);
  let unpruned = '';
  for (const [number, run] of runs.entries()) {
    if (run.refused) continue;
    const tally = tallies[number];
    let result;
    try {
      result = await ask(question, run.options);
    } catch (error) {
      if (!AutopruneError.isInstance(error, 'BUDGET_UNREACHABLE')) throw error;
      run.refused = error.message;
      continue;
    }
    if (number === 0) unpruned = result.answer;
    const kind = tally.right.get(category) ?? { right: 0, questions: 0 };
    kind.right += result.answer === expected ? 1 : 0;
    kind.questions++;
    tally.right.set(category, kind);
    tally.agreed += result.answer === unpruned ? 1 : 0;
    tally.flopsRatio += result.cost.flopsRatio;
    tally.entering += result.cost.meanEntering;
    tally.kvShare += result.cost.kvBytes / result.cost.kvBytesUnpruned;
    tally.visionFlops += result.cost.visionFlops;
    tally.pruningFlops += result.cost.pruningFlops;
    run.parameters ??= result.method.parameters;
    if (result.method.complexity !== undefined) {
      tally.complexity.push(result.method.complexity);
      tally.slope.push(result.method.slope);
    }
  }
  pictures.delete(
    questions[index - 1]?.image === question.image ? '' : questions[index - 1]?.image,
  );
  if (index % 50 === 49) console.log(`${index + 1} of ${questions.length} questions`);
}
await model.release();

const quartiles = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return [0, 0.25, 0.5, 0.75, 1].map((share) => sorted[Math.round(share * (sorted.length - 1))]);
};
const results = runs.map((run, number) => {
  const tally = tallies[number];
  const count = questions.length;
  const { label, basis, asked = null, refused = null, parameters } = run;
  if (refused) return { method: label, basis, asked, refused };
  const kinds = [...tally.right].sort(([a], [b]) => a.localeCompare(b));
  const right = kinds.reduce((sum, [, kind]) => sum + kind.right, 0);
  return {
    method: label,
    basis,
    asked,
    accuracy: right / count,
    agreement: tally.agreed / count,
    flopsRatio: tally.flopsRatio / count,
    meanEntering: tally.entering / count,
    kvShare: tally.kvShare / count,
    visionFlops: tally.visionFlops / count,
    pruningFlops: tally.pruningFlops / count,
    byKind: Object.fromEntries(kinds.map(([kind, one]) => [kind, one.right / one.questions])),
    parameters,
    ...(tally.slope.length > 0
      ? { complexityQuartiles: quartiles(tally.complexity), slopeQuartiles: quartiles(tally.slope) }
      : {}),
  };
});
const report = {
  model: 'tiny',
  questions: questions.length,
  calibration: calibration.length,
  results,
};
writeReport('methods', report);
writeTable(report);
