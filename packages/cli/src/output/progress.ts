import type { CommandIo } from '../io.js';

/** Work shorter than this shows nothing. */
const DELAY_MS = 1000;

/** Shows what is going on, on standard error. */
export interface Progress {
  update(text: string): void;
  /** Removes the display; a second call does nothing. */
  end(): void;
}

/**
 * Progress of work that may take long: a line that changes in a terminal, a new line each second otherwise, and
 * nothing for work of less than a second or with `--no-progress`.
 *
 * Own code, because spinners of prompt libraries put the terminal into raw mode and take Ctrl-C for themselves, which
 * here must end an answer and keep what there is.
 */
export function startProgress(io: CommandIo, enabled: boolean): Progress {
  const changing = io.stderr.isTTY === true && !io.env.NO_COLOR && !io.env.CI;
  let last = Date.now();
  let shown = false;
  return {
    update(text) {
      if (!enabled || (Date.now() - last < DELAY_MS && !(shown && changing))) return;
      const width = (io.stderr.columns ?? 80) - 1;
      io.stderr.write(changing ? `\r\u001b[K${text.slice(0, width)}` : `${text}\n`);
      if (!changing) last = Date.now();
      shown = true;
    },
    end() {
      if (shown && changing) io.stderr.write('\r\u001b[K');
      shown = false;
    },
  };
}
