// Runs a graph over and over in a worker thread, until it is terminated.
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const { addonPath, library, graph, width } = workerData;
const { onnxruntime } = createRequire(import.meta.url)(addonPath);
onnxruntime.open(library, 1);
const session = await onnxruntime.createSession(graph, '', 1);
parentPort.postMessage('ready');
for (;;) {
  const x = new Float32Array(200 * width);
  await Promise.all(
    [0, 1].map(() => onnxruntime.run(session, [['x', x, [200, width]]], [['y', null, null]])),
  );
}
