import { AutopruneError } from '../errors.js';
import type { Method, ParameterValues } from '../method.js';
import { dart } from '../methods/dart.js';
import { divprune } from '../methods/divprune.js';
import { fastv } from '../methods/fastv.js';
import { fitprune } from '../methods/fitprune.js';
import { gprune } from '../methods/gprune.js';
import { meanPooling } from '../methods/mean-pooling.js';
import { pyramiddrop } from '../methods/pyramiddrop.js';
import { random } from '../methods/random.js';
import { suggestion } from '../parameters.js';
import type { MethodChoice } from '../pruner.js';
import { composeMethods } from './compose-methods.js';

/** What the strings are read with. */
export interface LayerSpecOptions {
  /** Share that stages without a ratio keep. Default 0.5. */
  readonly keepRatio?: number;
  /** Repeat UniPruneBench's defects: tokens in order of score, FitPrune's reversed sort. Default false. */
  readonly reference?: boolean;
}

interface Stage {
  readonly layer: number;
  readonly share: number;
  readonly reference: boolean;
}

interface StageMethod {
  readonly method: Method;
  parameters(stage: Stage): ParameterValues;
}

/** DART as UniPruneBench has it inside the decoder: more pivots. */
const dartInDecoder: Method = {
  ...dart,
  name: 'dart-uniprunebench',
  title: 'DART with UniPruneBench’s pivots',
};

/** Stages inside the decoder: the cut is before `layer`, but FitPrune's is inside it. */
const INSIDE: Readonly<Record<string, StageMethod>> = {
  fastv: {
    method: fastv,
    parameters: ({ layer, share, reference }) => ({
      layer,
      share,
      ...(reference ? { order: 'score' } : {}),
    }),
  },
  pdrop: {
    method: pyramiddrop,
    parameters: ({ layer, share, reference }) => ({
      layers: String(layer),
      shares: String(share),
      ...(reference ? { order: 'score' } : {}),
    }),
  },
  dart: {
    method: dartInDecoder,
    parameters: ({ layer, share }) => ({ layer, share, imagePivots: 10, textPivots: 5 }),
  },
  fitprune: {
    method: fitprune,
    parameters: ({ layer, share, reference }) => ({ layer, share, keepLowest: reference }),
  },
  random: { method: random, parameters: ({ layer, share }) => ({ layer, share }) },
};

/** Stages before the decoder; their layer is 0. */
const BEFORE: Readonly<Record<string, StageMethod>> = {
  random: { method: random, parameters: ({ share }) => ({ layer: 0, share }) },
  gprune: { method: gprune, parameters: ({ share }) => ({ share }) },
  divprune: { method: divprune, parameters: ({ share }) => ({ share }) },
  pool: { method: meanPooling, parameters: ({ share }) => ({ share }) },
};

const ALIASES: Readonly<Record<string, string>> = {
  pyramiddrop: 'pdrop',
  'mean-pooling': 'pool',
};

function invalid(text: string, problem: string, details: Record<string, unknown> = {}) {
  return new AutopruneError(
    'LAYER_SPEC_INVALID',
    `Layer spec ${JSON.stringify(text)}: ${problem}. A spec is layer:method[:ratio], as in 2:fastv:0.5;12:pdrop:0.5`,
    { text, ...details },
  );
}

function readStage(
  text: string,
  { keepRatio = 0.5, reference = false }: LayerSpecOptions,
): MethodChoice {
  const [layerText = '', methodText = '', ratioText, ...rest] = text
    .split(':')
    .map((part) => part.trim());
  if (methodText === '' || rest.length > 0) throw invalid(text, 'it does not have that form');
  const layer = layerText === '' ? Number.NaN : Number(layerText);
  if (!Number.isInteger(layer) || layer < 0) {
    throw invalid(
      text,
      `the layer must be a whole number of at least 0, not ${layerText || 'nothing'}`,
    );
  }
  const share = ratioText === undefined ? keepRatio : Number(ratioText || Number.NaN);
  if (!(share > 0 && share <= 1)) {
    throw invalid(
      text,
      `the ratio is the share that is kept, above 0 and at most 1, not ${ratioText}`,
    );
  }
  const lower = methodText.toLowerCase();
  const plain = lower.replace(/_(pre|intra)_llm$/, '');
  const before =
    lower.endsWith('_pre_llm') ||
    (layer === 0 && !lower.endsWith('_intra_llm') && plain !== 'fitprune');
  const table = before ? BEFORE : INSIDE;
  const found = table[ALIASES[plain] ?? plain];
  if (!found) {
    const other = (before ? INSIDE : BEFORE)[ALIASES[plain] ?? plain];
    const where = before ? 'before the decoder (layer 0, _pre_llm)' : 'inside the decoder';
    throw invalid(
      text,
      other
        ? `${plain} does not act ${where}`
        : `there is no ${plain} ${where}${suggestion(plain, Object.keys(table))}; there are ${Object.keys(table).join(', ')}`,
      { method: plain },
    );
  }
  if (before && layer !== 0)
    throw invalid(text, `${methodText} acts before the decoder; its layer is 0`);
  return { method: found.method, parameters: found.parameters({ layer, share, reference }) };
}

/**
 * Reads UniPruneBench's strings: stages `layer:method[:ratio]`, separated by `;` or `,`. A ratio is the share of the tokens
 * that reach the stage; without one it is the keep ratio. Names may end in `_pre_llm` or `_intra_llm`.
 *
 * All stages have one position rule, as there: rows keep the positions of the prompt.
 *
 * @throws LAYER_SPEC_INVALID naming the stage and what works; METHOD_CONFLICT for two stages at one site
 */
export function parseLayerSpecs(text: string, options: LayerSpecOptions = {}): Method {
  const stages = text.split(/[;,]/).filter((stage) => stage.trim() !== '');
  if (stages.length === 0) throw invalid(text, 'it has no stage');
  const choices = stages
    .map((stage) => readStage(stage, options))
    .map(({ method, ...rest }) => ({
      ...rest,
      method: { ...(method as Method), positions: 'keep' as const },
    }));
  return composeMethods(choices);
}
