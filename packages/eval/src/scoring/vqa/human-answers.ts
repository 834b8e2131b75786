/** The answers that people gave to one question, as positions in a {@link HumanAnswerTable}. */
export interface HumanAnswers {
  readonly answers: Uint32Array;
}

/** Every distinct answer once: millions of human answers are tens of thousands of texts. */
export class HumanAnswerTable {
  private readonly positions = new Map<string, number>();
  private readonly texts: string[] = [];

  /** Adds the answers to one question; their order is kept. */
  add(answers: readonly string[]): Uint32Array {
    return Uint32Array.from(answers, (answer) => {
      let position = this.positions.get(answer);
      if (position === undefined) {
        position = this.texts.length;
        this.texts.push(answer);
        this.positions.set(answer, position);
      }
      return position;
    });
  }

  /** The text at a position. */
  text(position: number): string {
    return this.texts[position]!;
  }
}

/**
 * Mean over the human answers of min(1, matches among the others / 3), summed in their order as the scripts do.
 *
 * @param matches  for each human answer, whether it equals the prediction
 */
export function leaveOneOutAccuracy(matches: readonly boolean[]): number {
  const matching = matches.filter(Boolean).length;
  let sum = 0;
  for (const match of matches) sum += Math.min(1, (matching - Number(match)) / 3);
  return sum / matches.length;
}
