// Has workers answer ShapesVQA and collects their answers, in the order of the questions. Without --redis the questions
// are answered here; the answer file is the same.
//
//   node evaluate.mjs --redis redis://127.0.0.1:6379 --out runs/fleet [--limit 100] [--workers 8] [settings of worker.mjs]
import { join } from 'node:path';
import {
  chooseQuestions,
  findBenchmark,
  hashPictures,
  hashQuestions,
  openInput,
  runIdentity,
  runQuestions,
} from '@autoprune/eval';
import { openFleet } from '@autoprune/eval/fleet';
import { shapesVqaFolder } from '@autoprune/tiny-llava';
import { flags, localAnswerer, queue, settings } from './settings.mjs';

const benchmark = findBenchmark('shapesvqa');
const all = benchmark.questions(await benchmark.read(await openInput(shapesVqaFolder)));
const questions = chooseQuestions(all, flags.limit ? { limit: Number(flags.limit) } : {});
const pictureFolder = join(shapesVqaFolder, benchmark.pictureFolder);
const answerer = flags.redis
  ? await openFleet({ address: flags.redis, queue })
  : await localAnswerer();
const { answered, total, failures, answerFile } = await runQuestions({
  answerer,
  identity: runIdentity({
    benchmark: benchmark.id,
    questions: hashQuestions(questions),
    pictures: await hashPictures(questions, pictureFolder),
    questionCount: questions.length,
    ...settings,
  }),
  questions,
  modelId: settings.model,
  folder: join(flags.out, benchmark.id),
  pictureFolder,
  // Enough to keep every worker busy.
  concurrency: flags.redis ? 2 * Number(flags.workers) : 1,
});
await answerer[Symbol.asyncDispose]();
console.log(`${answered} of ${total} answered in ${answerFile}`);
for (const { id, message } of failures) console.error(`question ${id}: ${message}`);
process.exitCode = failures.length > 0 ? 6 : 0;
