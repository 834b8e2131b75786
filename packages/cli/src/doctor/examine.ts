import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { loadKernels } from '@autoprune/kernels';
import { metric } from '../output/quantities.js';
import { VERSION } from '../version.js';
import { installedVersions } from './installed-versions.js';

/** One line of the report. */
export interface Finding {
  readonly what: string;
  readonly found: string;
  readonly ok: boolean;
  /** What to do, where it is not well. */
  readonly advice?: string;
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

async function runtime(): Promise<Finding[]> {
  const copies = installedVersions('onnxruntime-node');
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

/** Looks at everything that a run depends on. */
export async function examine(): Promise<Finding[]> {
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
