import type { PickleCursor } from './pickle-cursor.js';
import {
  describeValue,
  isKind,
  type PickleStorage,
  type PickleTensor,
  type PickleValue,
} from './pickle-value.js';
import { printable } from './printable.js';

/** As of safetensors: dimensions beyond this are not a weight. */
const MAX_DIMENSIONS = 8;
/** Storage keys are torch's counter; this also keeps a key from naming another entry by a path. */
const STORAGE_KEY = /^[0-9]{1,20}$/;

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(
  value: PickleValue | undefined,
  what: string,
  cursor: PickleCursor,
): readonly number[] {
  if (!isKind(value, 'tuple')) return cursor.fail(`the ${what} of a tensor is no tuple`);
  // Before looking at the members: a long tuple in the memo may be the size of many tensors.
  if (value.items.length > MAX_DIMENSIONS) {
    return cursor.refuse(
      `has a tensor of ${value.items.length} dimensions, above the limit of ${MAX_DIMENSIONS}`,
    );
  }
  if (!value.items.every(isCount)) {
    return cursor.fail(`the ${what} of a tensor is not of whole numbers`);
  }
  return value.items;
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks[, metadata])`. */
function rebuildTensor(args: readonly PickleValue[], cursor: PickleCursor): PickleTensor {
  const [storage, storageOffset, size, stride] = args;
  // Metadata says that the values stand for their negative or conjugate: the bytes are not the values.
  if (args.length === 7) {
    return cursor.refuse('has a tensor with a negative or conjugate bit; save it resolved');
  }
  if (args.length !== 6) return cursor.fail(`a tensor is made of ${args.length} values, not of 6`);
  if (!isKind(storage, 'storage')) {
    return cursor.fail(`a tensor is made of ${describeValue(storage)}, not of a storage`);
  }
  if (storage.dtype === undefined) return cursor.fail('a tensor is made of a storage without type');
  if (!isCount(storageOffset)) return cursor.fail('the offset of a tensor is not a whole number');
  const shape = counts(size, 'size', cursor);
  const strides = counts(stride, 'stride', cursor);
  if (shape.length !== strides.length) {
    return cursor.fail(`a tensor has ${shape.length} sizes but ${strides.length} strides`);
  }
  return { kind: 'tensor', dtype: storage.dtype, storage, storageOffset, shape, strides };
}

/**
 * What REDUCE and NEWOBJ give. `args` is the pickled tuple of arguments.
 *
 * @param asClass  NEWOBJ makes an object of a class; functions are refused
 */
export function callGlobal(
  callee: PickleValue,
  args: PickleValue,
  cursor: PickleCursor,
  asClass = false,
): PickleValue {
  if (!isKind(callee, 'global')) return cursor.fail(`${describeValue(callee)} cannot be called`);
  if (!isKind(args, 'tuple')) {
    return cursor.fail(`${callee.name} is called with ${describeValue(args)}, not with a tuple`);
  }
  const [first] = args.items;
  switch (callee.role) {
    case 'ordered-dict':
      // torch adds the entries with SETITEMS.
      if (args.items.length > 0) return cursor.fail(`${callee.name} is called with arguments`);
      return { kind: 'dict', ordered: true, entries: [] };
    case 'size':
      if (args.items.length !== 1 || !isKind(first, 'tuple')) {
        return cursor.fail(`${callee.name} is not called with one tuple`);
      }
      return first;
    case 'rebuild-tensor':
      if (!asClass) return rebuildTensor(args.items, cursor);
      break;
    case 'rebuild-parameter':
      if (asClass) break;
      // (tensor, requires_grad, backward_hooks): a parameter is its tensor.
      if (args.items.length !== 3 || !isKind(first, 'tensor')) {
        return cursor.fail(`${callee.name} is not called with a tensor and two more values`);
      }
      return first;
  }
  return cursor.fail(`${callee.name} cannot be called${asClass ? ' as a class' : ''}`);
}

/** A persistent id of torch: `('storage', storage type, key, device, number of elements)`. */
export function storageOf(id: PickleValue, cursor: PickleCursor): PickleStorage {
  const [word, type, key, , elements] = isKind(id, 'tuple') ? id.items : [];
  if (!isKind(id, 'tuple') || id.items.length !== 5 || word !== 'storage') {
    return cursor.fail('a persistent id is not that of a storage');
  }
  if (!isKind(type, 'global') || type.role !== 'storage-type') {
    return cursor.fail(`a storage has the type ${describeValue(type)}`);
  }
  if (typeof key !== 'string' || !STORAGE_KEY.test(key)) {
    const shown = typeof key === 'string' ? `"${printable(key)}"` : describeValue(key);
    return cursor.fail(`a storage has the key ${shown}, which is not a number in digits`);
  }
  if (!isCount(elements)) {
    return cursor.fail(`storage ${key} has ${describeValue(elements)} as its length`);
  }
  return { kind: 'storage', dtype: type.dtype, key, elements };
}
