/**
 * Streams text up to a stop string. Text that may be the beginning of one is held back until it is clear.
 */
export class StopText {
  private held = '';
  /** True once a stop string was met; nothing is emitted after that. */
  stopped = false;

  constructor(private readonly stops: readonly string[]) {}

  /** Takes new text; returns what may be shown now. */
  push(text: string): string {
    if (this.stopped) return '';
    this.held += text;
    for (const stop of this.stops) {
      const at = this.held.indexOf(stop);
      if (at >= 0) {
        this.stopped = true;
        return this.emit(at);
      }
    }
    return this.emit(this.held.length - this.possibleStart());
  }

  /** What is left when the answer ends. */
  end(): string {
    return this.stopped ? '' : this.emit(this.held.length);
  }

  private emit(length: number): string {
    const out = this.held.slice(0, length);
    this.held = this.held.slice(length);
    return out;
  }

  /** Length of the longest end of the held text that begins a stop string. */
  private possibleStart(): number {
    let longest = 0;
    for (const stop of this.stops) {
      for (let length = Math.min(stop.length - 1, this.held.length); length > longest; length--) {
        if (stop.startsWith(this.held.slice(-length))) longest = length;
      }
    }
    return longest;
  }
}
