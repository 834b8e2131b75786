import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadKernels } from '@autoprune/kernels';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, print, printJson } from '../io.js';
import { metric } from '../output/quantities.js';
import { renderTable } from '../output/table.js';
import { VERSION } from '../version.js';

/** One line of the report. */
interface Finding {
  readonly what: string;
  readonly found: string;
  readonly ok: boolean;
  /** What to do, where it is not well. */
  readonly advice?: string;
}

/** `autoprune doctor`: one block to paste into an issue. */
export function doctorCommand(io: CommandIo): Command {
  return new Command('doctor')
    .description('check this installation and print one block to paste into an issue')
    .option('--json', 'print one JSON object')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      const healthy = findings.every(({ ok }) => ok);
      if (options.json) printJson(io, { healthy, findings });
      else print(io, findingsText(findings));
      if (!healthy) process.exitCode = EXIT.unsupported;
    });
}

const CPU_FLAGS = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimd'];

function processor(): Finding {
  const cpus = os.cpus();
  let flags = '';
  if (existsSync('/proc/cpuinfo')) {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    const present = new Set((line ?? '').trim().split(/\s+/));
    flags = CPU_FLAGS.filter((flag) => present.has(flag)).join(' ');
  }
  const model = cpus[0]?.model.trim() ?? 'unknown';
  return {
    what: 'processor',
    found: `${model}, ${os.availableParallelism()} threads${flags ? `, ${flags}` : ''}`,
    ok: true,
  };
}

function glibc(): string {
  const report = process.report?.getReport() as
    | { header?: { glibcVersionRuntime?: string } }
    | undefined;
  const version = report?.header?.glibcVersionRuntime;
  return version ? `, glibc ${version}` : '';
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'Node',
    found: process.versions.node,
    ok,
    ...(ok ? {} : { advice: 'install Node 20.19 or newer' }),
  };
}

/** Folders of `name` in the node_modules folders above this file, and in pnpm's store beside them. */
function copiesOf(name: string): string[] {
  const found = new Set<string>();
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const modules = join(folder, 'node_modules');
    if (existsSync(join(modules, name, 'package.json'))) {
      found.add(versionIn(join(modules, name)));
    }
    const store = join(modules, '.pnpm');
    if (existsSync(store)) {
      for (const entry of readdirSync(store)) {
        if (entry.startsWith(`${name}@`))
          found.add(versionIn(join(store, entry, 'node_modules', name)));
      }
    }
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  return [...found];
}

function versionIn(folder: string): string {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version as string;
  } catch {
    return 'unreadable';
  }
}

async function runtime(): Promise<Finding[]> {
  const copies = copiesOf('onnxruntime-node');
  const single: Finding = {
    what: 'onnxruntime-node copies',
    found: copies.join(', ') || 'none found beside this command',
    ok: copies.length <= 1,
    ...(copies.length > 1
      ? { advice: 'two versions cannot be loaded into one process on Linux: keep one in the tree' }
      : {}),
  };
  try {
    const { env } = await import('onnxruntime-node');
    const version = env.versions.node ?? env.versions.common;
    return [{ what: 'onnxruntime-node', found: `${version}, loads`, ok: true }, single];
  } catch (error) {
    return [
      {
        what: 'onnxruntime-node',
        found: (error as Error).message.split('\n')[0]!,
        ok: false,
        advice: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
      },
      single,
    ];
  }
}

async function images(): Promise<Finding> {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('@autoprune/llava'));
    const { default: sharp } = await import(require.resolve('sharp'));
    return {
      what: 'sharp',
      found: `${sharp.versions.sharp}, libvips ${sharp.versions.vips}`,
      ok: true,
    };
  } catch (error) {
    return {
      what: 'sharp',
      found: (error as Error).message.split('\n')[0]!,
      ok: false,
      advice: 'npm install --include=optional sharp',
    };
  }
}

function memory(): Finding {
  return {
    what: 'memory',
    found: `${metric(os.freemem(), 'B')} free of ${metric(os.totalmem(), 'B')}`,
    ok: true,
  };
}

function disk(): Finding {
  const { bavail, bsize } = statfsSync(os.tmpdir());
  return {
    what: 'temporary folder',
    found: `${os.tmpdir()}, ${metric(bavail * bsize, 'B')} free`,
    ok: true,
  };
}

async function sessions(): Promise<Finding> {
  const what = 'sessions';
  try {
    const { sessionChoice } = await import('@autoprune/llava');
    const { name, detail } = sessionChoice();
    return { what, found: `${name} (${detail})`, ok: true };
  } catch (error) {
    return { what, found: (error as Error).message, ok: false, advice: 'unset AUTOPRUNE_SESSION' };
  }
}

async function examine(): Promise<Finding[]> {
  const { info } = loadKernels();
  return [
    { what: 'autoprune', found: VERSION, ok: true },
    { what: 'system', found: `${os.platform()} ${os.arch()} ${os.release()}${glibc()}`, ok: true },
    processor(),
    node(),
    ...(await runtime()),
    await images(),
    { what: 'kernels', found: `${info.name} (${info.detail})`, ok: true },
    await sessions(),
    memory(),
    disk(),
  ];
}

function findingsText(findings: readonly Finding[]): string {
  const table = renderTable({
    headings: ['', 'found', ''],
    rows: findings.map(({ what, found, ok }) => [what, found, ok ? '' : '✗']),
  });
  const advice = findings
    .filter((finding) => finding.advice)
    .map(({ what, advice: text }) => `${what}: ${text}`);
  return [table, ...(advice.length > 0 ? ['', ...advice] : [])].join('\n');
}
