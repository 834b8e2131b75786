import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describeVectors } from '@autoprune/testing';
import { describe, expect, it } from 'vitest';
import { findBenchmark, scoreBenchmark } from '../src/index.js';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'autoprune-bad-'));
const jsonLines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const QUESTIONS = ['cat', 'dog', 'bird'].map((thing, row) => ({
  question_id: row + 1,
  image: 'a.jpg',
  text: `Is there a ${thing}?`,
  category: 'random',
}));
const answer = (id: number, text: string): object => ({ question_id: id, prompt: '', text });
const GOOD = [answer(1, 'Yes'), answer(2, 'No'), answer(3, 'Yes')];

/** A POPE folder whose gold is yes, no, yes. */
function popeFolder(answers: string | Buffer, name = 'answers.jsonl'): string {
  const folder = newFolder();
  mkdirSync(join(folder, 'coco'));
  writeFileSync(join(folder, 'llava_pope_test.jsonl'), jsonLines(QUESTIONS));
  const labels = ['yes', 'no', 'yes'].map((label) => ({ label }));
  writeFileSync(join(folder, 'coco/coco_pope_random.json'), jsonLines(labels));
  writeFileSync(join(folder, name), answers);
  return folder;
}

async function scorePope(folder: string) {
  const score = await scoreBenchmark(findBenchmark('pope'), { predictions: folder, data: folder });
  const metrics = score.definitions[0]!.metrics as { average_f1: number | null };
  return { counts: score.counts, f1: metrics.average_f1 };
}

describe('answer files that are not as they should be', () => {
  it('scores the same with CRLF, a byte-order mark, blank lines or gzip', async () => {
    const text = jsonLines(GOOD);
    const files: [string | Buffer, string?][] = [
      [text],
      [text.replaceAll('\n', '\r\n')],
      [`\ufeff${text}`],
      [`\n${text}\n\n`],
      [gzipSync(text), 'answers.jsonl.gz'],
      [gzipSync(text), 'answers.jsonl'],
    ];
    for (const [content, name] of files) {
      expect(await scorePope(popeFolder(content, name))).toMatchObject({
        f1: 1,
        counts: { items: 3, missing: 0 },
      });
    }
  });

  it('counts missing, repeated and unknown answers', async () => {
    const answers = [answer(1, 'Yes'), answer(2, 'No'), answer(2, 'Yes'), answer(9, 'No')];
    const { counts } = await scorePope(popeFolder(jsonLines(answers)));
    expect(counts).toEqual({ items: 3, missing: 1, duplicate: 1, unknown: 1, unparsed: 0 });
  });

  it('takes an empty answer for an answer', async () => {
    const answers = [answer(1, ''), answer(2, 'No'), answer(3, '')];
    // POPE's rule: without a negation it is a yes.
    expect(await scorePope(popeFolder(jsonLines(answers)))).toMatchObject({ f1: 1 });
  });

  const refused: [string, string | Buffer, string][] = [
    ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe]), 'is not UTF-8'],
    ['a line that is not JSON', `${jsonLines(GOOD)}{"question_id": 4,\n`, 'line 4: is not JSON'],
    ['an answer that is a number', '{"question_id": 1, "text": 5}\n', 'line 1: field text'],
    ['a question file', jsonLines(QUESTIONS.map(({ text: _, ...row }) => row)), 'no field text'],
    ['answers of another benchmark', jsonLines([answer(77, 'Yes')]), 'another benchmark'],
    ['nothing at all', '', 'none of its 0 answers'],
  ];
  for (const [name, content, message] of refused) {
    it(`refuses ${name}, naming file and place`, async () => {
      const folder = popeFolder(content);
      const error = await scorePope(folder).catch((one: Error) => one);
      expect(String((error as Error).message)).toContain(message);
      expect(String((error as Error).message)).toContain(folder);
    });
  }

  it('refuses gzip data that was cut off', async () => {
    const whole = gzipSync(jsonLines(Array.from({ length: 500 }, (_, row) => answer(row, 'Yes'))));
    const folder = popeFolder(whole.subarray(0, whole.length - 20), 'answers.jsonl.gz');
    await expect(scorePope(folder)).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringContaining('ends too early'),
    });
  });

  it('keeps ids that a double cannot hold apart', async () => {
    const ids = ['1000000000000000001', '1000000000000000002'];
    const annotations = ids.map(
      (id, row) =>
        `{"question_id": ${id}, "question_type": "is", "answer_type": "yes/no", "answers": [${Array.from({ length: 10 }, () => `{"answer": "${row === 0 ? 'yes' : 'no'}"}`).join()}]}`,
    );
    const folder = newFolder();
    writeFileSync(join(folder, 'annotations.json'), `{"annotations": [${annotations.join()}]}`);
    writeFileSync(
      join(folder, 'answers.jsonl'),
      `{"question_id": ${ids[0]}, "text": "yes"}\n{"question_id": ${ids[1]}, "text": "no"}\n`,
    );
    const { definitions } = await scoreBenchmark(findBenchmark('vqav2'), {
      predictions: folder,
      data: folder,
    });
    expect(definitions[0]!.metrics).toMatchObject({ overall: 100 });
  });
});

const LONG = ['a ', ' ', '.', '\n', 'answer is ', '(A) ', "'s,?", '1,', 'The answer is '];

describeVectors(
  'an answer of a megabyte is an answer',
  ({ benchmark, case: name }) =>
    ['pope', 'scienceqa', 'gqa', 'textvqa'].includes(benchmark) && name.startsWith('crafted'),
  async ({ benchmark, folder }) => {
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    const packed = benchmark === 'pope';
    const path = join(copy, packed ? 'answers.jsonl.gz' : 'answers.jsonl');
    const bytes = readFileSync(path);
    const lines = (packed ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n');
    const long = lines.map((line, row) => {
      const unit = LONG[row];
      if (unit === undefined) return line;
      return JSON.stringify({ ...JSON.parse(line), text: unit.repeat(2 ** 20 / unit.length) });
    });
    const text = `${long.join('\n')}\n`;
    writeFileSync(path, packed ? gzipSync(text) : text);
    const { counts } = await scoreBenchmark(findBenchmark(benchmark), {
      predictions: copy,
      data: copy,
    });
    expect(counts.items).toBeGreaterThan(0);
    rmSync(copy, { recursive: true });
  },
);
