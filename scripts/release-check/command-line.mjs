import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../run-program.mjs';
import { checkEngines } from './engines.mjs';
import { expect } from './expect.mjs';

/** The command as installed by `npm install --global` into a prefix that holds nothing else. */
export function commandLine({ work, environment }) {
  const prefix = join(work, 'prefix');
  const folder = join(work, 'somewhere');
  mkdirSync(folder, { recursive: true });
  const modules = join(prefix, 'lib', 'node_modules');
  const run = (...args) =>
    runProgram(join(prefix, 'bin', 'autoprune'), args, { cwd: folder, env: environment });
  return {
    folder,
    modules,
    /** A package of the installation, wherever npm put it. */
    packageFolder: (name) =>
      [join(modules, '@autoprune/cli/node_modules', name), join(modules, name)].find(existsSync),
    install: (version) =>
      runProgram('npm', ['install', '--global', '--prefix', prefix, `@autoprune/cli@${version}`], {
        cwd: folder,
        env: environment,
      }),
    update: () =>
      runProgram('npm', ['update', '--global', '--prefix', prefix, '@autoprune/cli'], {
        cwd: folder,
        env: environment,
      }),
    run,
    json: async (...args) => JSON.parse(await run(...args, '--json')),
  };
}

/** A picture of the evaluation set that travels with the embedded model, a question about it and the answer. */
function firstQuestion(shapes) {
  const first = (file) => JSON.parse(readFileSync(join(shapes, file), 'utf8').split('\n')[0]);
  const { image, text } = first('questions.jsonl');
  return {
    picture: join(shapes, 'images', image),
    text,
    answer: first('annotations.jsonl').answer,
  };
}

/** Runs what a new user would run first. */
export async function checkCommandLine(report, cli, { versions, nativePublished, engines }) {
  await report.check('cli: npm install --global into a clean prefix', async () => {
    await cli.install('latest');
    const version = (await cli.run('--version')).trim();
    expect(version === versions.get('@autoprune/cli'), `--version prints ${version}`);
    return version;
  });
  await report.check('cli: everything installed runs on the oldest Node that is promised', () =>
    checkEngines(cli.modules, engines),
  );
  await report.check('cli: demo', async () => {
    const printed = await cli.run('demo', '--out', 'demo');
    expect(existsSync(join(cli.folder, 'demo')), 'demo wrote nothing');
    expect(/mean entering/.test(printed), `demo printed:\n${printed}`);
  });
  const shapes = join(cli.packageFolder('@autoprune/tiny-llava') ?? '', 'shapesvqa');
  await report.check('cli: ask', async () => {
    const { picture, text, answer } = firstQuestion(shapes);
    const result = await cli.json('ask', picture, text, '--target-tokens', '48');
    expect(result.answer.trim() === answer, `the answer is ${result.answer}, not ${answer}`);
    expect(Math.abs(result.cost.meanLeaving - 48) < 1, `mean leaving ${result.cost.meanLeaving}`);
    return `“${result.answer}”, mean leaving ${result.cost.meanLeaving}`;
  });
  await report.check('cli: score', async () => {
    const lines = readFileSync(join(shapes, 'annotations.jsonl'), 'utf8').trim().split('\n');
    const answers = lines.map((line, index) => {
      const { question_id, answer } = JSON.parse(line);
      return JSON.stringify({ question_id, text: index % 4 === 0 ? 'no idea' : answer });
    });
    writeFileSync(join(cli.folder, 'answers.jsonl'), `${answers.join('\n')}\n`);
    const source = ['--predictions', 'answers.jsonl', '--data', shapes];
    const { counts, definitions } = await cli.json('score', 'shapesvqa', ...source);
    expect(counts.items === lines.length, `${counts.items} of ${lines.length} items`);
    const wrong = Math.ceil(lines.length / 4);
    const expected = (lines.length - wrong) / lines.length;
    const found = JSON.stringify(definitions[0].metrics);
    const numbers = found.match(/\d+(\.\d+)?/g).map(Number);
    expect(
      numbers.some(
        (value) => Math.abs(value - expected) < 1e-4 || Math.abs(value - 100 * expected) < 0.01,
      ),
      `${expected} is not in ${found}`,
    );
    return `${(100 * expected).toFixed(2)} % of ${lines.length}`;
  });
  await report.check('cli: doctor', async () => {
    const { healthy, findings } = await cli.json('doctor');
    expect(healthy, JSON.stringify(findings, null, 1));
    const kernels = findings.find(({ what }) => what === 'kernels').found;
    expect(nativePublished !== kernels.startsWith('reference'), `kernels: ${kernels}`);
    return `kernels ${kernels.split(' ')[0]}`;
  });
}
