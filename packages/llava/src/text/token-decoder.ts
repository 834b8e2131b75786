import { z } from 'zod';
import { byteFallbackStep } from './byte-fallback-step.js';
import { byteLevelStep } from './byte-level-step.js';
import { type DecoderStep, fusedStripStep, pieceStep, strip } from './decoder-step.js';
import { checkTokenizerPart } from './parse-json.js';
import { shown, tokenizerInvalid } from './tokenizer-error.js';

/** Makes a step with fresh state. */
export type StepMaker = () => DecoderStep;

const nodeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Sequence'), decoders: z.array(z.unknown()).max(64) }),
  z.object({
    type: z.literal('Replace'),
    pattern: z.object({ String: z.string().min(1) }),
    content: z.string(),
  }),
  z.object({ type: z.literal('ByteFallback') }),
  z.object({ type: z.literal('Fuse') }),
  z.object({
    type: z.literal('Strip'),
    content: z.string().min(1),
    start: z.number().int().min(0).max(1024),
    stop: z.number().int().min(0).max(1024),
  }),
  z.object({ type: z.literal('ByteLevel') }),
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().min(1).default('▁'),
    prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
  }),
]);
type DecoderNode = z.infer<typeof nodeSchema>;
type LeafNode = Exclude<DecoderNode, { type: 'Sequence' }>;

const KNOWN = nodeSchema.options.map((option) => option.shape.type.value);

function readNode(file: string, value: unknown): DecoderNode {
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type === 'string' && !(KNOWN as string[]).includes(type)) {
    throw tokenizerInvalid(
      file,
      `decoder: ${shown(type)} is not supported (known: ${KNOWN.join(', ')})`,
      { type },
    );
  }
  return checkTokenizerPart(file, { decoder: value }, z.object({ decoder: nodeSchema })).decoder;
}

function flatten(file: string, value: unknown, depth = 0): LeafNode[] {
  const node = readNode(file, value);
  if (node.type !== 'Sequence') return [node];
  if (depth > 8) throw tokenizerInvalid(file, 'decoder: sequences lie more than 8 deep');
  return node.decoders.flatMap((part) => flatten(file, part, depth + 1));
}

/**
 * Reads the `decoder` section of a `tokenizer.json` into the steps that Rust's tokenizers would take.
 *
 * @param section  the section; null joins the tokens with spaces
 * @throws TOKENIZER_INVALID for a decoder that is unknown or can not stand where it stands
 */
export function decoderSteps(file: string, section: unknown): StepMaker[] {
  if (section == null) {
    return [() => pieceStep((piece, index) => (index === 0 ? piece : ` ${piece}`))];
  }
  // After Fuse or ByteLevel the pieces are parts of one text, of unforeseeable length.
  let fused = false;
  const steps: StepMaker[] = [];
  for (const node of flatten(file, section)) {
    const single = node.type === 'Replace' && node.pattern.String.length === 1;
    const front = node.type === 'Strip' && node.stop === 0;
    if (fused && !single && !front && node.type !== 'Fuse') {
      throw tokenizerInvalid(file, `decoder: ${node.type} with these settings can not follow Fuse`);
    }
    const step = stepMaker(node, fused);
    if (step) steps.push(step);
    fused ||= node.type === 'Fuse' || node.type === 'ByteLevel';
  }
  return steps;
}

function stepMaker(node: LeafNode, fused: boolean): StepMaker | undefined {
  switch (node.type) {
    case 'Fuse':
      return undefined;
    case 'Replace':
      return () => pieceStep((piece) => piece.replaceAll(node.pattern.String, () => node.content));
    case 'Strip': {
      const { content, start, stop } = node;
      if (fused) return () => fusedStripStep(content, start);
      return () => pieceStep((piece) => strip(piece, content, start, stop));
    }
    case 'ByteFallback':
      return byteFallbackStep;
    case 'ByteLevel':
      return byteLevelStep;
    case 'Metaspace': {
      // Rust takes every ▁ of the first token away, not only a leading one.
      const first = node.prepend_scheme === 'never' ? ' ' : '';
      return () =>
        pieceStep((piece, index) => piece.replaceAll(node.replacement, index === 0 ? first : ' '));
    }
  }
}
