// A checkpoint of random weights in the Hugging Face layout, made on the spot, of LLaVA-1.5's architecture with the
// embedded model's tokenizer: 336-pixel pictures, 576 visual tokens.
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@autoprune/core/random';
import { modelFolder } from '@autoprune/tiny-llava';

/** A block of small half-precision numbers, used again and again: speed does not depend on the values. */
function block(count, scale) {
  const random = randomStream(count);
  const half = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const value = (random.uniform() - 0.5) * scale;
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
    const exponent = ((bits >> 23) & 255) - 112;
    half[i] =
      ((bits >> 16) & 0x8000) | (exponent <= 0 ? 0 : (exponent << 10) | ((bits >> 13) & 1023));
  }
  return half;
}

/** Writes the checkpoint; returns its folder. */
export async function randomCheckpoint({
  layers,
  hidden,
  folder = join(tmpdir(), `autoprune-random-${process.pid}`),
}) {
  const headSize = 128;
  const heads = hidden / headSize;
  const intermediate = Math.round((hidden * 2.6875) / 256) * 256;
  const vision = { width: 1024, mlp: 4096, blocks: 8, heads: 16 };
  mkdirSync(folder, { recursive: true });
  for (const file of [
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'chat_template.json',
    'generation_config.json',
  ]) {
    cpSync(join(modelFolder, file), join(folder, file));
  }
  const config = JSON.parse(readFileSync(join(modelFolder, 'config.json'), 'utf8'));
  Object.assign(config.text_config, {
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    max_position_embeddings: 4096,
  });
  Object.assign(config.vision_config, {
    hidden_size: vision.width,
    intermediate_size: vision.mlp,
    num_hidden_layers: vision.blocks,
    num_attention_heads: vision.heads,
    image_size: 336,
  });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  const processor = JSON.parse(readFileSync(join(modelFolder, 'preprocessor_config.json'), 'utf8'));
  processor.size = { shortest_edge: 336 };
  processor.crop_size = { height: 336, width: 336 };
  writeFileSync(join(folder, 'preprocessor_config.json'), JSON.stringify(processor, null, 2));

  const tensors = [];
  const add = (name, ...shape) => tensors.push({ name, shape });
  const vocabulary = config.text_config.vocab_size;
  add('language_model.model.embed_tokens.weight', vocabulary, hidden);
  for (let layer = 0; layer < layers; layer++) {
    const stem = `language_model.model.layers.${layer}`;
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'o_proj'])
      add(`${stem}.self_attn.${part}.weight`, hidden, hidden);
    add(`${stem}.mlp.gate_proj.weight`, intermediate, hidden);
    add(`${stem}.mlp.up_proj.weight`, intermediate, hidden);
    add(`${stem}.mlp.down_proj.weight`, hidden, intermediate);
    add(`${stem}.input_layernorm.weight`, hidden);
    add(`${stem}.post_attention_layernorm.weight`, hidden);
  }
  add('language_model.model.norm.weight', hidden);
  add('language_model.lm_head.weight', vocabulary, hidden);
  const tower = 'vision_tower.vision_model';
  add(`${tower}.embeddings.class_embedding`, vision.width);
  add(`${tower}.embeddings.patch_embedding.weight`, vision.width, 3, 14, 14);
  add(`${tower}.embeddings.position_embedding.weight`, 577, vision.width);
  const norm = (name) => {
    add(`${name}.weight`, vision.width);
    add(`${name}.bias`, vision.width);
  };
  norm(`${tower}.pre_layrnorm`);
  for (let index = 0; index < vision.blocks; index++) {
    const stem = `${tower}.encoder.layers.${index}`;
    norm(`${stem}.layer_norm1`);
    norm(`${stem}.layer_norm2`);
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) {
      add(`${stem}.self_attn.${part}.weight`, vision.width, vision.width);
      add(`${stem}.self_attn.${part}.bias`, vision.width);
    }
    add(`${stem}.mlp.fc1.weight`, vision.mlp, vision.width);
    add(`${stem}.mlp.fc1.bias`, vision.mlp);
    add(`${stem}.mlp.fc2.weight`, vision.width, vision.mlp);
    add(`${stem}.mlp.fc2.bias`, vision.width);
  }
  for (const [name, input] of [
    ['linear_1', vision.width],
    ['linear_2', hidden],
  ]) {
    add(`multi_modal_projector.${name}.weight`, hidden, input);
    add(`multi_modal_projector.${name}.bias`, hidden);
  }
  const header = {};
  let offset = 0;
  for (const { name, shape } of tensors) {
    const bytes = 2 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F16', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(join(folder, 'model.safetensors'), 'w');
  writeSync(file, length);
  writeSync(file, text);
  // Small weights, so that activations stay finite; norms of about one.
  const random = block(1 << 20, 0.04);
  const ones = new Uint16Array(1 << 16).fill(0x3c00);
  for (const { name, shape } of tensors) {
    const isNorm = /norm.*\.weight$/.test(name);
    const source = isNorm ? ones : random;
    let left = shape.reduce((a, b) => a * b, 1);
    while (left > 0) {
      const count = Math.min(left, source.length);
      writeSync(file, Buffer.from(source.buffer, 0, count * 2));
      left -= count;
    }
  }
  closeSync(file);
  return folder;
}
