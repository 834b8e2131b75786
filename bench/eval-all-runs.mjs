import { methods } from '@autoprune/core/methods';
import { loadModel } from '@autoprune/llava';
import { fitMustdrop } from './methods-fit.mjs';
import { picturePath, readQuestions } from './shapesvqa.mjs';

/**
 * MustDrop has thresholds instead of a budget; they are set so that the FLOPs come out the same. No answer is looked at.
 *
 * @param budgets  shares of the unpruned FLOPs
 * @param count  questions, spread over the set, whose mean FLOPs are met
 */
async function mustdropRuns(budgets, count) {
  const all = readQuestions();
  const step = Math.floor(all.length / count);
  const model = await loadModel('tiny');
  const questions = [];
  for (const { text, image } of all.filter((_, index) => index % step === 0)) {
    const picture = await model.preparePicture(picturePath(image));
    questions.push({ messages: text, images: [picture], maxNewTokens: 1 });
  }
  const ask = (question, settings) => model.generate({ ...question, ...settings });
  const runs = [];
  for (const share of budgets) {
    const thresholds = await fitMustdrop(questions, ask, share);
    const parameters = Object.entries(thresholds).map(([name, value]) => `${name}=${value}`);
    const args = parameters.flatMap((one) => ['--param', one]);
    runs.push(run('mustdrop', `flops-${share}`, ...args));
  }
  await model.release();
  return runs;
}

const run = (method, folder, ...settings) => ({
  folder: `${method}-${folder}`,
  args: ['--method', method, ...settings],
});

/**
 * The runs of `eval-all.mjs`: a folder name and arguments of `autoprune eval` each.
 *
 * @param options  `budgets` and `cache` as comma lists of shares, `calibration` as in {@link mustdropRuns}
 */
export async function runsOfEveryMethod({ budgets, cache, calibration }) {
  const shares = budgets.split(',').map(Number);
  const cacheShares = cache.split(',').map(Number);
  const runs = await Promise.all(
    methods.map(({ name, budgets: kinds }) => {
      if (name === 'none') return [{ folder: name, args: ['--method', name] }];
      if (name === 'mustdrop') return mustdropRuns(shares, calibration);
      if (kinds?.includes('flops') ?? true) {
        return shares.map((share) => run(name, `flops-${share}`, '--budget', `flops=${share}`));
      }
      if (kinds.includes('keepRatio')) {
        return cacheShares.map((share) =>
          run(name, `cache-${share}`, '--budget', `keepRatio=${share}`),
        );
      }
      return [run(name, 'native', '--budget', 'native')];
    }),
  );
  return runs.flat();
}
