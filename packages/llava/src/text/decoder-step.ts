/**
 * One step between tokens and text. A step is given pieces one at a time and hands on those that are certain,
 * so that a whole answer and a stream go through the same code.
 */
export interface DecoderStep {
  /** Takes the next piece; returns what goes on to the next step. */
  push(piece: string): readonly string[];
  /** What was held back. */
  end(): readonly string[];
}

const nothing = () => [];

/** A step that looks at each piece by itself. */
export function pieceStep(change: (piece: string, index: number) => string): DecoderStep {
  let index = 0;
  return { push: (piece) => [change(piece, index++)], end: nothing };
}

/** Cuts up to `start` times `content` off the front and `stop` times off the back of one piece. */
export function strip(piece: string, content: string, start: number, stop: number): string {
  let from = 0;
  let to = piece.length;
  for (let cut = 0; cut < start && piece.startsWith(content, from); cut++) from += content.length;
  for (let cut = 0; cut < stop && to > from && piece.endsWith(content, to); cut++) {
    to -= content.length;
  }
  return piece.slice(from, to);
}

/** As {@link strip} at the front, where the pieces are parts of one fused text. */
export function fusedStripStep(content: string, start: number): DecoderStep {
  let left = start;
  return {
    push(piece) {
      let rest = piece;
      for (; left > 0 && rest.length > 0; left--) {
        if (rest.startsWith(content)) rest = rest.slice(content.length);
        else left = 0;
      }
      return [rest];
    },
    end: nothing,
  };
}

/** Sends each piece through all steps. */
export function runSteps(steps: readonly DecoderStep[]): {
  push(piece: string): string;
  end(): string;
} {
  const flow = (pieces: readonly string[], from: number): string => {
    let current = pieces;
    for (const step of steps.slice(from)) {
      current = current.flatMap((piece) => step.push(piece));
    }
    return current.join('');
  };
  return {
    push: (piece) => flow([piece], 0),
    // A step's rest still has to go through the steps behind it, before those are asked for theirs.
    end: () => steps.map((step, index) => flow(step.end(), index + 1)).join(''),
  };
}
