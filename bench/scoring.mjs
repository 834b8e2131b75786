// Time and memory of scoring VQAv2 at the size of its test set, and of streaming a table with base64 pictures.
// The annotations and answers are made here; a fresh process scores them on one core.
//
//   node bench/scoring.mjs [--questions 450000] [--megabytes 1024] [--name scoring]
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { flags, writeReport } from './report.mjs';

const { questions, megabytes, name } = flags({
  questions: 450_000,
  megabytes: 1024,
  name: 'scoring',
});
const folder = mkdtempSync(join(tmpdir(), 'autoprune-scoring-'));
const WORDS = [
  'yes',
  'no',
  '2',
  'white',
  'black and white',
  'a dog',
  'on the table',
  "it's raining",
];
const TYPES = ['what is the', 'how many', 'is the', 'what color is the'];

/** A small reproducible generator. */
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}
const random = numbers(7);
const pick = (list) => list[Math.floor(random.next().value * list.length)];
const answerText = () =>
  random.next().value < 0.2 ? `word${Math.floor(random.next().value * 50_000)}` : pick(WORDS);

async function write(path, lines) {
  await pipeline(Readable.from(lines), createWriteStream(path));
}

function* annotations() {
  yield '{"info": {}, "annotations": [';
  for (let id = 0; id < questions; id++) {
    const answers = Array.from({ length: 10 }, (_, at) => ({
      answer: answerText(),
      answer_confidence: 'yes',
      answer_id: at + 1,
    }));
    const row = {
      question_type: pick(TYPES),
      multiple_choice_answer: answers[0].answer,
      answers,
      image_id: id,
      answer_type: 'other',
      question_id: id,
    };
    yield `${id === 0 ? '' : ', '}${JSON.stringify(row)}`;
  }
  yield ']}';
}

function* answers() {
  for (let id = 0; id < questions; id++) {
    const row = { question_id: id, prompt: 'What is it?', text: answerText(), metadata: {} };
    yield `${JSON.stringify(row)}\n`;
  }
}

const picture = 'QUJD'.repeat(25_000);

function* table() {
  yield 'index\tquestion\tA\tB\tanswer\timage\n';
  const rows = Math.ceil((megabytes * 2 ** 20) / (picture.length + 40));
  for (let index = 0; index < rows; index++) {
    yield `${index}\t"Which one,\n""this""?"\tred\tblue\tA\t${picture}\n`;
  }
}

/** Runs the command in a process of its own: seconds, and the most resident memory it ever had. */
function measure(label, args) {
  const bin = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
  const started = performance.now();
  const report = "process.on('exit', () => console.error('rss ' + process.resourceUsage().maxRSS))";
  const result = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(report)}`, bin, ...args],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  if (result.status !== 0) throw new Error(`${label}: ${result.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  const resident = Number(result.stderr.match(/rss (\d+)/)[1]) / 1024;
  const row = { label, seconds: +seconds.toFixed(2), residentMegabytes: Math.round(resident) };
  console.log(`${label}: ${row.seconds} s, ${row.residentMegabytes} MB`);
  return row;
}

await write(join(folder, 'annotations.json'), annotations());
await write(join(folder, 'answers.jsonl'), answers());
await write(join(folder, 'mmbench_dev_20230712.tsv'), table());
await write(join(folder, 'table-answers.jsonl'), [
  '{"question_id": 0, "prompt": "", "text": "A"}\n',
]);
const score = (benchmark, predictions, data) => [
  'score',
  benchmark,
  '--predictions',
  predictions,
  '--data',
  data,
  '--json',
];
const vqav2 = score('vqav2', join(folder, 'answers.jsonl'), join(folder, 'annotations.json'));
const mmbench = score('mmbench', join(folder, 'table-answers.jsonl'), folder);
const results = [
  measure('VQAv2, one definition', [...vqav2, '--definition', 'official_HEAD']),
  measure('VQAv2, all definitions', vqav2),
  measure('table with base64 pictures', mmbench),
];
rmSync(folder, { recursive: true, force: true });
writeReport(name, { questions, megabytes, results });
