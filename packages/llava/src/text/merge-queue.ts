/** A possible merge of two neighbouring symbols. */
interface Merge {
  /** Positions of the first characters of both. */
  readonly left: number;
  readonly right: number;
  /** Text of the merged symbol. */
  readonly text: string;
  readonly score: number;
}

/** Merges, the best one first. */
export interface MergeQueue {
  push(merge: Merge): void;
  pop(): Merge | undefined;
}

/** The higher score goes first, and of equals the one further left. */
function before(a: Merge, b: Merge): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left);
}

/** An empty queue: a binary heap, so that a long text costs n log n. */
export function mergeQueue(): MergeQueue {
  const heap: Merge[] = [];
  return {
    push(merge) {
      let place = heap.length;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (!before(merge, heap[parent]!)) break;
        heap[place] = heap[parent]!;
        place = parent;
      }
      heap[place] = merge;
    },
    pop() {
      const best = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return best;
      let place = 0;
      for (let child = 1; child < heap.length; child = 2 * place + 1) {
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[place] = heap[child]!;
        place = child;
      }
      heap[place] = last;
      return best;
    },
  };
}
