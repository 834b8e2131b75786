import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { findOnnxRuntimeAddon } from '@autoprune/kernels';
import { describe, expect, it } from 'vitest';
import { createSession } from '../src/onnx/create-session.js';
import { findLibrary } from '../src/onnx/find-library.js';
import { type Graph, GraphBuilder } from '../src/onnx/graph-builder.js';
import { sessionChoice } from '../src/onnx/session-choice.js';

const { addon, name } =
  process.env.AUTOPRUNE_SESSION === 'binding'
    ? { name: 'binding', addon: undefined }
    : sessionChoice();
const describeNative = describe.skipIf(!addon);

const WIDTH = 64;

/** `depth` square products behind one another, of a matrix of the value 1 / WIDTH: rows stay what they are on average. */
function chain(depth: number): Graph {
  const graph = new GraphBuilder('chain');
  let x = graph.input('x', 'float32', ['n', WIDTH]);
  const values = Array(WIDTH * WIDTH).fill(1 / WIDTH);
  const matrix = graph.constant('float32', values, [WIDTH, WIDTH]);
  for (let step = 0; step < depth; step++) x = graph.node('MatMul', [x, matrix]);
  graph.output('y', x, 'float32', ['n', WIDTH]);
  return graph.finish();
}

const rows = (count: number, value: number) => ({
  data: new Float32Array(count * WIDTH).fill(value),
  shape: [count, WIDTH],
});

describe('a session', () => {
  it('gives new outputs, or fills those that it is given', async () => {
    const session = await createSession('chain', chain(2), 1);
    const first = await session.run({ x: rows(3, 2) }, ['y']);
    expect(first.y.shape).toEqual([3, WIDTH]);
    expect(Array.from(first.y.data)).toEqual(Array(3 * WIDTH).fill(2));
    const into = rows(5, 0);
    const middle = { data: into.data.subarray(WIDTH, 3 * WIDTH), shape: [2, WIDTH] };
    await session.run({ x: rows(2, 4) }, ['y'], { into: { y: middle } });
    const column = Array.from({ length: 5 }, (_, row) => into.data[row * WIDTH]);
    expect(column).toEqual([0, 4, 4, 0, 0]);
    // The first output is not the second's memory.
    expect(first.y.data[0]).toBe(2);
    await session.release();
    await session.release();
  });

  it('says in one line what is wrong with its inputs', async () => {
    const session = await createSession('chain', chain(1), 1);
    await expect(session.run({}, ['y'])).rejects.toMatchObject({ code: 'BACKEND_FAILED' });
    const narrow = { data: new Float32Array(3), shape: [1, 3] };
    await expect(session.run({ x: narrow }, ['y'])).rejects.toThrow(/failed in the chain: /);
    await session.release();
  });

  it('rejects with the reason of a signal that is aborted', async () => {
    const session = await createSession('chain', chain(1), 1);
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(session.run({ x: rows(1, 1) }, ['y'], { signal })).rejects.toBe(reason);
    await session.release();
  });
});

describeNative('a native session', () => {
  it('leaves the event loop free, and stops between two operators', async () => {
    const session = await createSession('long chain', chain(2000), 1);
    const x = rows(2000, 1);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run({ x }, ['y']);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
    const controller = new AbortController();
    const running = session.run({ x }, ['y'], { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
    // Others go on.
    const { y } = await session.run({ x: rows(1, 3) }, ['y']);
    expect(y.data[0]).toBeCloseTo(3);
    await session.release();
  });

  it('leaks nothing over 500 aborted runs', async () => {
    const session = await createSession('long chain', chain(500), 1);
    const x = rows(1000, 1);
    const abortRuns = async (count: number): Promise<number> => {
      for (let run = 0; run < count; run++) {
        const controller = new AbortController();
        const running = session.run({ x }, ['y'], { signal: controller.signal });
        setTimeout(() => controller.abort(), run % 4);
        await running.then(
          () => undefined,
          () => undefined,
        );
      }
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return process.memoryUsage().rss;
    };
    const before = await abortRuns(100);
    const after = await abortRuns(500);
    // One output is 0.26 MB: 500 that stayed would be 128 MB.
    expect(after - before).toBeLessThan(40e6);
    await session.release();
  });

  it('is freed only when its runs have ended', async () => {
    const session = await createSession('long chain', chain(500), 1);
    const running = session.run({ x: rows(1000, 1) }, ['y']);
    await session.release();
    expect((await running).y.data[0]).toBeCloseTo(1);
    await expect(session.run({ x: rows(1, 1) }, ['y'])).rejects.toThrow(/released/);
  });

  it('outlives worker threads that end at any moment', async () => {
    const source = fileURLToPath(new URL('native-session-worker.mjs', import.meta.url));
    const library = findLibrary();
    const workerData = {
      addonPath: findOnnxRuntimeAddon().path,
      library: 'path' in library ? library.path : '',
      graph: chain(300).bytes,
      width: WIDTH,
    };
    for (let round = 0; round < 40; round++) {
      const worker = new Worker(source, { workerData });
      await new Promise((resolve) => worker.once('message', resolve));
      await new Promise((resolve) => setTimeout(resolve, round % 10));
      await worker.terminate();
    }
    const session = await createSession('chain', chain(1), 1);
    expect((await session.run({ x: rows(1, 1) }, ['y'])).y.data[0]).toBeCloseTo(1);
    await session.release();
  });
});

describeNative('a plan', () => {
  it('runs its steps in turn over memory that is bound once', async () => {
    const handle = await addon!.createSession(chain(1).bytes, '', 1);
    const [x, y, z] = [rows(1, 1), rows(1, 0), rows(1, 0)];
    const cache = new Float32Array(2 * 3 * (WIDTH / 2));
    const row = Int32Array.of(1);
    const plan = addon!.createPlan([
      [handle, [['x', x.data, x.shape]], [['y', y.data, y.shape]]],
      [handle, [['x', y.data, y.shape]], [['y', z.data, z.shape]]],
      [z.data, cache, 2, 3, row],
    ]);
    for (const value of [5, 7]) {
      x.data.fill(value);
      await addon!.runPlan(plan);
      expect(z.data[0]).toBeCloseTo(value);
      row[0]!++;
    }
    const firsts = [0, 1, 2, 3, 4, 5].map((index) => Math.round(cache[index * (WIDTH / 2)]!));
    expect(firsts).toEqual([0, 5, 7, 0, 5, 7]);
    await expect(addon!.runPlan(plan)).rejects.toThrow('row 3 lies outside of a cache of 3 rows');
    await addon!.releaseSession(handle);
    row[0] = 0;
    // The plan has a share of the session.
    await addon!.runPlan(plan);
  });

  it('refuses what is no session, no memory and no shape', async () => {
    const handle = await addon!.createSession(chain(1).bytes, '', 1);
    const { data, shape } = rows(1, 0);
    const run = (tensor: unknown) => () =>
      addon!.run(handle, [tensor as never], [['y', null, null]]);
    expect(run(['x', data, [2, WIDTH]])).toThrow(TypeError);
    expect(run(['x', new Float64Array(WIDTH), shape])).toThrow(TypeError);
    expect(run(['x', new Float32Array(new SharedArrayBuffer(4 * WIDTH)), shape])).toThrow(
      TypeError,
    );
    expect(run(['x', data, [-1, WIDTH]])).toThrow(TypeError);
    expect(run('x')).toThrow(TypeError);
    expect(() => addon!.run({} as never, [], [])).toThrow(/Expected a session/);
    expect(() => addon!.createPlan([[data, data, 0, 3, Int32Array.of(0)]])).toThrow(TypeError);
    expect(() => addon!.createPlan([[data, data, 2, 5, Int32Array.of(0)]])).toThrow(TypeError);
    await addon!.releaseSession(handle);
  });
});

it('says which sessions run', () => {
  expect(['native', 'binding']).toContain(name);
});
