import { parseArgs } from 'node:util';
import { fleetQueue } from '@autoprune/eval/fleet';
import { loadModel } from '@autoprune/llava';

const { values } = parseArgs({
  options: {
    redis: { type: 'string' },
    model: { type: 'string', default: 'tiny' },
    method: { type: 'string', default: 'autoprune' },
    'target-tokens': { type: 'string' },
    out: { type: 'string', default: 'runs/fleet' },
    limit: { type: 'string' },
    workers: { type: 'string', default: '8' },
    'lock-ms': { type: 'string', default: '30000' },
  },
});

/** The flags, which workers and the collecting process share. */
export const flags = values;

/** What decides the answers. */
export const settings = {
  model: values.model,
  method: values.method,
  targetTokens: values['target-tokens'] ? Number(values['target-tokens']) : null,
};

/** The queue of these settings. */
export const queue = fleetQueue(settings);

/** The model of the settings as an answerer. */
export async function localAnswerer() {
  const model = await loadModel(settings.model);
  const { method, targetTokens } = settings;
  const budget =
    targetTokens === null ? {} : { budget: { kind: 'meanLeaving', value: targetTokens } };
  return {
    generate: async (request) => {
      const { answer, finishReason, cost, timings } = await model.generate({
        ...request,
        method,
        ...budget,
      });
      return { answer, finishReason, cost, timings };
    },
    [Symbol.asyncDispose]: () => model.release(),
  };
}
