import { AutopruneError } from '@autoprune/core';
import { type PulledModel, type PullProgress, pullModel } from '@autoprune/llava';
import { Command } from 'commander';
import { isAbort } from '../exit-codes.js';
import { type CommandIo, note, print, printJson } from '../io.js';
import { collect } from '../options/parse.js';
import { metric, percent } from '../output/quantities.js';

interface PullCommandOptions {
  readonly revision?: string;
  readonly endpoint?: string;
  readonly offline?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly json?: boolean;
  readonly progress: boolean;
}

const NOTES = `
The model goes into the cache that all tools of the hub share (HF_HUB_CACHE, HF_HOME). A download that was interrupted
goes on where it ended. A token, where a model asks for one, is read from HF_TOKEN or from where hf auth login puts it.`;

/** `autoprune pull`: gets a model from the hub. */
export function pullCommand(io: CommandIo): Command {
  return new Command('pull')
    .description('get a model from the Hugging Face hub, and print the folder it is in')
    .argument('<id>', 'org/name, or org/name@revision')
    .option('--revision <name>', 'branch, tag or commit (default: main)')
    .option('--endpoint <url>', "the hub's address (default: HF_ENDPOINT, or the public hub)")
    .option('--offline', 'use the cache only (also: HF_HUB_OFFLINE=1)')
    .option(
      '--include <glob>',
      'take these files instead of what loading needs (repeatable)',
      collect,
    )
    .option('--exclude <glob>', 'leave these files out (repeatable)', collect)
    .option('--json', 'print one JSON object')
    .option('--no-progress', 'show no progress on standard error')
    .addHelpText('after', NOTES)
    .action((id: string, options: PullCommandOptions) => pull(io, id, options));
}

async function pull(io: CommandIo, ref: string, options: PullCommandOptions): Promise<void> {
  if (ref === 'tiny') {
    throw new AutopruneError('ARGUMENT_INVALID', 'tiny is embedded; there is nothing to download');
  }
  const { json, progress, ...choice } = options;
  const display = new PullDisplay(io, progress);
  try {
    const pulled = await pullModel(ref, {
      ...choice,
      env: io.env,
      signal: io.signal,
      onProgress: (report) => display.show(report),
    });
    display.end();
    if (json) printJson(io, pulled);
    else {
      note(io, summary(pulled));
      print(io, pulled.folder);
    }
  } catch (error) {
    display.end();
    if (isAbort(error)) note(io, interrupted(ref, display.last));
    throw error;
  }
}

const files = (count: number): string => `${count} file${count === 1 ? '' : 's'}`;

function summary({ id, revision, files: names, bytes, downloadedBytes }: PulledModel): string {
  const now =
    downloadedBytes === 0 ? 'all of it was there' : `${metric(downloadedBytes, 'B')} downloaded`;
  return `${id} at ${revision}: ${files(names.length)}, ${metric(bytes, 'B')} (${now})`;
}

function interrupted(ref: string, last: PullProgress | undefined): string {
  const there = last
    ? ` with ${metric(last.totalBytes, 'B')} of ${metric(last.total, 'B')} there`
    : '';
  return `Interrupted${there}; autoprune pull ${ref} goes on from there next time.`;
}

/** Time between two lines where lines cannot change. */
const LINE_MS = 5000;
/** Stretch over which the rate is measured. */
const RATE_MS = 10_000;
/** Younger rates jump too much to show. */
const STEADY_MS = 1000;

/**
 * How far the download is, on standard error: one line that changes in a terminal, otherwise a line for every file
 * that is complete and one every few seconds.
 */
class PullDisplay {
  /** The latest report. */
  last: PullProgress | undefined;
  readonly #changing: boolean;
  readonly #complete = new Set<string>();
  #shown = false;
  #lineAt = performance.now();
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(
    private readonly io: CommandIo,
    private readonly enabled: boolean,
  ) {
    this.#changing = io.stderr.isTTY === true && !io.env.NO_COLOR && !io.env.CI;
  }

  show(report: PullProgress): void {
    const { last } = this;
    // Bytes that were found, or that are fetched again, came at no rate.
    const jumped =
      report.file !== last?.file ? report.resumed > 0 : report.fileBytes < last.fileBytes;
    if (jumped) this.#samples = [];
    this.last = report;
    if (!this.enabled) return;
    const now = performance.now();
    this.#samples.push({ at: now, bytes: report.totalBytes });
    while (now - this.#samples[0]!.at > RATE_MS) this.#samples.shift();
    if (this.#changing) {
      const width = (this.io.stderr.columns ?? 80) - 1;
      this.io.stderr.write(`\r\u001b[K${this.#line(report).slice(0, width)}`);
      this.#shown = true;
    } else if (report.fileBytes === report.fileTotal && !this.#complete.has(report.file)) {
      const { file, fileTotal, totalBytes, total } = report;
      this.#complete.add(file);
      note(
        this.io,
        `${file}: ${metric(fileTotal, 'B')}, done (${percent(share(totalBytes, total))})`,
      );
      this.#lineAt = now;
    } else if (now - this.#lineAt >= LINE_MS) {
      note(this.io, this.#line(report));
      this.#lineAt = now;
    }
  }

  /** Removes the line that changes. */
  end(): void {
    if (this.#shown) this.io.stderr.write('\r\u001b[K');
    this.#shown = false;
  }

  #line({ file, fileBytes, fileTotal, totalBytes, total }: PullProgress): string {
    const first = this.#samples[0]!;
    const latest = this.#samples.at(-1)!;
    const elapsed = latest.at - first.at;
    const rate = elapsed < STEADY_MS ? 0 : ((latest.bytes - first.bytes) / elapsed) * 1000;
    const speed =
      rate > 0 ? `, ${metric(rate, 'B/s')}, ${timeLeft((total - totalBytes) / rate)} left` : '';
    const own = `${metric(fileBytes, 'B')} of ${metric(fileTotal, 'B')}`;
    return `${percent(share(totalBytes, total))}${speed}  ${file}: ${own}`;
  }
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

/** Seconds as a person reads them off a clock. */
function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
