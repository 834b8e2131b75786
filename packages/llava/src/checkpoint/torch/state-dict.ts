import type { CheckpointFile } from './checkpoint-file.js';
import { describeValue, isKind, type PickleTensor, type PickleValue } from './pickle-value.js';
import { printable } from './printable.js';

/** Key under which trainers put the weights, beside epochs and optimiser states. */
const WRAPPER = 'state_dict';

/**
 * The tensors of a state dict by name: those of the dict itself, or of its `state_dict`. Other values
 * (numbers, None, texts, further dicts) are no weights and are left out.
 *
 * @throws CHECKPOINT_INVALID when there are none, or two of one name
 */
export function namedTensors(root: PickleValue, file: CheckpointFile): Map<string, PickleTensor> {
  const tensors = new Map<string, PickleTensor>();
  for (const [key, value] of pairs(unwrap(root, file))) {
    if (!isKind(value, 'tensor')) continue;
    if (typeof key !== 'string') {
      file.invalid(`data.pkl has a tensor under ${describeValue(key)}, which is not a name`);
    }
    if (tensors.has(key)) {
      file.invalid(`data.pkl has two tensors named ${printable(key)}; it is damaged`);
    }
    tensors.set(key, value);
  }
  if (tensors.size === 0) {
    file.invalid(`data.pkl has no tensors, neither itself nor under ${WRAPPER}; save a state dict`);
  }
  return tensors;
}

function unwrap(root: PickleValue, file: CheckpointFile): readonly PickleValue[] {
  if (!isKind(root, 'dict')) {
    return file.invalid(`data.pkl holds ${describeValue(root)}; save a state dict`);
  }
  for (const [key, value] of pairs(root.entries)) {
    if (key === WRAPPER && isKind(value, 'dict')) return value.entries;
  }
  return root.entries;
}

function* pairs(entries: readonly PickleValue[]): Generator<[PickleValue, PickleValue]> {
  for (let index = 0; index < entries.length; index += 2) {
    yield [entries[index]!, entries[index + 1]!];
  }
}
