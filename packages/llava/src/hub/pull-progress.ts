/** How far a pull is. */
export interface PullProgress {
  /** The file that is being downloaded. */
  readonly file: string;
  /** Bytes of the file that are there. It goes back when a download has to begin anew. */
  readonly fileBytes: number;
  readonly fileTotal: number;
  /** Bytes of all wanted files that are there, cached ones included. */
  readonly totalBytes: number;
  readonly total: number;
  /** Bytes of the file that an earlier, unfinished download had left; 0 for a fresh one. */
  readonly resumed: number;
}

/** Time between two reports of the same file: often enough for the eye. */
const INTERVAL_MS = 100;

type FileState = Pick<PullProgress, 'file' | 'fileBytes' | 'fileTotal' | 'resumed'>;

/** Reports progress, not too often, but always the first and the last of a file. */
export class ProgressMeter {
  #last = Number.NEGATIVE_INFINITY;
  #pending: FileState = { file: '', fileBytes: 0, fileTotal: 0, resumed: 0 };
  /** Bytes of the file in the latest report. */
  #reported = -1;

  /**
   * @param total  bytes of all files
   * @param done  bytes of those that are complete
   */
  constructor(
    private readonly total: number,
    private done: number,
    private readonly report: ((progress: PullProgress) => void) | undefined,
  ) {}

  /** A file begins; what is there is reported at once. */
  begin(file: string, fileBytes: number, fileTotal: number): void {
    this.#emit({ file, fileBytes, fileTotal, resumed: fileBytes });
  }

  /** A file has grown to `fileBytes`. */
  update(file: string, fileBytes: number, fileTotal: number, resumed: number): void {
    const early = performance.now() - this.#last < INTERVAL_MS;
    if (!early) this.#emit({ file, fileBytes, fileTotal, resumed });
    else this.#pending = { file, fileBytes, fileTotal, resumed };
  }

  /** A file is complete, which is reported once whoever completed it. */
  complete(file: string, fileTotal: number): void {
    const { resumed } = this.#pending;
    if (this.#reported !== fileTotal)
      this.#emit({ file, fileBytes: fileTotal, fileTotal, resumed });
    this.done += fileTotal;
  }

  #emit(state: FileState): void {
    this.#last = performance.now();
    this.#pending = state;
    this.#reported = state.fileBytes;
    const { done, total } = this;
    this.report?.({ ...state, totalBytes: done + state.fileBytes, total });
  }
}
