import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const lines = (rows: readonly object[]): string =>
  `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

/** POPE with one question a split, and answers to it. */
function writePope(folder: string): void {
  const data = join(folder, 'playground/data/eval/pope');
  mkdirSync(join(data, 'coco'), { recursive: true });
  mkdirSync(join(data, 'val2014'), { recursive: true });
  const splits = ['adversarial', 'popular', 'random'];
  const questions = splits.map((category, index) => ({
    question_id: index + 1,
    image: 'street.jpg',
    text: 'Is there a ring in the image?\nAnswer the question using a single word or phrase.',
    category,
  }));
  writeFileSync(join(data, 'llava_pope_test.jsonl'), lines(questions));
  for (const [index, category] of splits.entries()) {
    const label = { ...questions[index], label: index === 0 ? 'no' : 'yes' };
    writeFileSync(join(data, 'coco', `coco_pope_${category}.json`), lines([label]));
  }
  const answers = lines(questions.map(({ question_id }) => ({ question_id, text: 'Yes' })));
  mkdirSync(join(folder, 'answers'));
  writeFileSync(join(folder, 'answers.jsonl'), answers);
  writeFileSync(join(folder, 'answers/llava-v1.5-13b.jsonl'), answers);
  cpSync(join(folder, 'street.jpg'), join(data, 'val2014/street.jpg'));
}

/** One question of a benchmark that is scored by a judge, and its answer. */
function writeJudged(folder: string): void {
  mkdirSync(join(folder, 'judged'));
  const row = { question_id: 'a', Question: 'What?', Answer: 'A cat.' };
  writeFileSync(join(folder, 'judged/test.jsonl'), lines([row]));
  writeFileSync(
    join(folder, 'judged/answers.jsonl'),
    lines([{ question_id: 'a', text: 'A dog.' }]),
  );
}

/**
 * Makes what somebody has who follows the guides: the packages installed, the command on the path, pictures, a checkpoint
 * under the name that the guides use (the embedded model in its place), a benchmark's files and answers to it.
 *
 * @returns environment to run the blocks in
 */
export function makeReaderFolder(root: string, folder: string): NodeJS.ProcessEnv {
  const link = (target: string, path: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, target), join(folder, path));
  };
  for (const name of ['core', 'kernels', 'eval', 'llava', 'server', 'tiny-llava'])
    link(`packages/${name}`, `node_modules/@autoprune/${name}`);
  link('packages/server/node_modules/openai', 'node_modules/openai');
  link('packages/tiny-llava/model', 'llava-1.5-7b-hf');
  link('apps', 'apps');

  const shapes = join(root, 'packages/tiny-llava/shapesvqa/images');
  cpSync(join(shapes, '0000.jpg'), join(folder, 'photo.jpg'));
  cpSync(join(shapes, '0003.jpg'), join(folder, 'street.jpg'));
  writePope(folder);
  writeJudged(folder);

  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const command = `exec "${process.execPath}" "${join(root, 'packages/cli/dist/bin.js')}" "$@"\n`;
  writeFileSync(join(bin, 'autoprune'), `#!/bin/sh\n${command}`, { mode: 0o755 });
  // `npx autoprune` starts what is installed.
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  return {
    ...process.env,
    PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: folder,
    HF_HOME: join(folder, 'hub'),
    AUTOPRUNE_CACHE: join(folder, 'cache'),
    AUTOPRUNE_KERNELS: 'reference',
  };
}
