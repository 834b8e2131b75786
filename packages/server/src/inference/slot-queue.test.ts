import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotQueue } from './slot-queue.js';

const never = new AbortController().signal;

describe('SlotQueue', () => {
  it('holds its bounds and serves in order, whatever comes and goes', async () => {
    const action = fc.record({ kind: fc.constantFrom('come', 'end', 'leave'), at: fc.nat() });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(action, { maxLength: 40 }),
        async (slots, maxWaiting, actions) => {
          const queue = new SlotQueue(slots, maxWaiting);
          const running: (() => void)[] = [];
          const waiting: { id: number; leave: AbortController }[] = [];
          const served: number[] = [];
          let id = 0;
          for (const { kind, at } of actions) {
            if (kind === 'come') {
              if (running.length + waiting.length === slots + maxWaiting) {
                expect(() => queue.admit()).toThrow('try again in');
                continue;
              }
              const ticket = queue.admit();
              const entry = { id: id++, leave: new AbortController() };
              waiting.push(entry);
              void ticket.acquire(entry.leave.signal).then(
                () => {
                  served.push(entry.id);
                  waiting.splice(waiting.indexOf(entry), 1);
                  running.push(ticket.release);
                },
                () => {
                  waiting.splice(waiting.indexOf(entry), 1);
                  ticket.release();
                },
              );
            } else if (kind === 'end' && running.length > 0) {
              running.splice(at % running.length, 1)[0]!();
            } else if (kind === 'leave' && waiting.length > 0) {
              waiting[at % waiting.length]!.leave.abort();
            }
            await new Promise((resolve) => setImmediate(resolve));
            expect(queue.busy).toBe(running.length);
            expect(queue.waiting).toBe(waiting.length);
            expect(queue.busy).toBe(Math.min(slots, running.length + waiting.length));
          }
          expect(served).toEqual([...served].sort((a, b) => a - b));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('counts a place once, however often it is given back', async () => {
    const queue = new SlotQueue(1, 0);
    const ticket = queue.admit();
    await ticket.acquire(never);
    ticket.release();
    ticket.release();
    expect(queue.busy).toBe(0);
    await queue.whenIdle();
  });
});
