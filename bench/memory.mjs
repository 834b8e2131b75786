// Resident memory of an open model, and whether it grows over many questions.
//
//   node --expose-gc bench/memory.mjs [--questions 200]
import { loadModel } from '@autoprune/llava';
import { flags, writeReport } from './report.mjs';
import { picturePath } from './shapesvqa.mjs';

const { questions } = flags({ questions: 200 });
const settle = async () => {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return process.memoryUsage().rss;
};
const before = await settle();
const model = await loadModel('tiny');
const ask = () =>
  model.generate({
    messages: 'How many triangles are there?',
    images: [picturePath('0000.jpg')],
    method: 'autoprune',
    maxNewTokens: 16,
  });
for (let i = 0; i < 20; i++) await ask();
const open = await settle();
const samples = [];
for (let i = 0; i < questions; i++) {
  await ask();
  if (i % 20 === 19) samples.push(await settle());
}
const after = samples.at(-1);
await model.release();
const released = await settle();
const result = { questions, before, open, after, growth: after - open, released, samples };
console.log(
  Object.entries(result)
    .map(
      ([key, value]) =>
        `${key}: ${Array.isArray(value) ? value.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ') : key === 'questions' ? value : `${(value / 1e6).toFixed(1)} MB`}`,
    )
    .join('\n'),
);
writeReport('memory', result);
