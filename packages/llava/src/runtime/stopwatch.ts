/** Adds up the time of several pieces of work. */
export class Stopwatch {
  milliseconds = 0;

  /** The result of work that is done when it returns. */
  measure<T>(work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.milliseconds += performance.now() - start;
    }
  }

  async time<T>(work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.milliseconds += performance.now() - start;
    }
  }
}
