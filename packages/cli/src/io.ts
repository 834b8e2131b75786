/** What a command reads from and writes to; a test gives its own. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Writes a result line. */
export function print(io: CommandIo, text: string): void {
  io.stdout.write(`${text}\n`);
}

/** Writes progress or a remark. */
export function note(io: CommandIo, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** Prints one JSON object. */
export function printJson(io: CommandIo, value: unknown): void {
  print(io, JSON.stringify(value, jsonNumber, 2));
}

/** JSON has no infinite numbers; they become the strings that the goldens use. */
function jsonNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
