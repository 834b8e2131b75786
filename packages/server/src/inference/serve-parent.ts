import {
  decodePicture,
  type GenerationPart,
  gridSize,
  type LlavaModel,
  loadModel,
} from '@autoprune/llava';
import type {
  AnswerPart,
  AnswerRequest,
  FromInference,
  ModelCard,
  ModelChoice,
  ToInference,
} from './protocol.js';
import { sendError } from './sent-error.js';

const send = (message: FromInference): void => {
  process.send?.(message);
};

function cardOf({ info, geometry, files }: LlavaModel): ModelCard {
  const { id, family, dtype, loadMs } = info;
  const { decoder, vision, tiling, imageAspectRatio } = files.config;
  return {
    id,
    family,
    dtype,
    geometry,
    contextLength: decoder.maxPositions,
    grid: gridSize(vision),
    imageMode: tiling ? 'anyres' : imageAspectRatio === 'pad' ? 'pad' : 'crop',
    loadMs,
  };
}

/** Logits are for tests of the runtime; over the wire they would be the largest part of an answer. */
function withoutLogits(part: GenerationPart): AnswerPart {
  if (part.type !== 'finish') return part;
  const { trace, ...result } = part.result;
  return { type: 'finish', result: trace ? { ...result, kept: trace.kept } : result };
}

async function answer(
  model: LlavaModel,
  { pictures, maxPicturePixels, ...options }: AnswerRequest,
  signal: AbortSignal,
  emit: (part: AnswerPart) => void,
): Promise<void> {
  const images = [];
  for (const { name, bytes } of pictures) {
    const reading = options.reference
      ? { orientation: 'stored' as const, sixteenBit: 'clip' as const }
      : {};
    images.push(
      await decodePicture(bytes, { name, limits: { maxPixels: maxPicturePixels }, ...reading }),
    );
  }
  for await (const part of model.generate({ ...options, images, signal })) {
    emit(withoutLogits(part));
  }
}

async function load({ ref, ...options }: ModelChoice): Promise<LlavaModel | undefined> {
  try {
    const model = await loadModel(ref, {
      ...options,
      onProgress: (progress) => send({ type: 'progress', progress }),
    });
    send({ type: 'ready', card: cardOf(model) });
    return model;
  } catch (error) {
    send({ type: 'load-failed', error: sendError(error) });
    return undefined;
  }
}

/** Serves the process that forked this one, until it goes away. */
export function serveParent(): void {
  let model: LlavaModel | undefined;
  const running = new Map<number, AbortController>();

  const handle = async (message: ToInference): Promise<void> => {
    if (message.type === 'load') model = await load(message.model);
    else if (message.type === 'cancel') running.get(message.id)?.abort();
    else if (model) {
      const { id, request } = message;
      const stop = new AbortController();
      running.set(id, stop);
      const ended = await answer(model, request, stop.signal, (part) =>
        send({ type: 'part', id, part }),
      ).then(
        () => ({}),
        (error: unknown) => ({ error: sendError(error) }),
      );
      running.delete(id);
      send({ type: 'ended', id, ...ended, residentBytes: process.memoryUsage.rss() });
    }
  };
  process.on('message', (message: ToInference) => void handle(message));
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C goes to the whole group of processes; the server says when to stop.
  process.on('SIGINT', () => {});
}
