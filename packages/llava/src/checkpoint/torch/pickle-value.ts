import type { StoredDtype } from '../stored-tensor.js';

/** What an allow-listed global may be used for. */
export type GlobalRole =
  | 'ordered-dict'
  | 'size'
  | 'rebuild-tensor'
  | 'rebuild-parameter'
  | 'storage-type'
  | 'dtype';

/** An allow-listed name of Python. It is a value that we compare; nothing is imported. */
export interface PickleGlobal {
  readonly kind: 'global';
  /** With its module, for messages. */
  readonly name: string;
  readonly role: GlobalRole;
  /** Element type of a storage type or a dtype; undefined for the untyped storage. */
  readonly dtype?: StoredDtype;
}

interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A dict or an OrderedDict. */
interface PickleDict {
  readonly kind: 'dict';
  /** An OrderedDict may carry attributes (Module.state_dict gives it `_metadata`); a dict may not. */
  readonly ordered: boolean;
  /** Keys and values in turn. Keys may repeat and a dict may hold itself: do not walk into it. */
  readonly entries: PickleValue[];
}

/** The bytes of one or more tensors: entry `data/<key>` of the ZIP file. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly dtype: StoredDtype | undefined;
  readonly key: string;
  /** Number of elements of `dtype`, or of bytes where that is undefined. */
  readonly elements: number;
}

/** A view of a storage, as torch describes it. Nothing of it is checked against the file yet. */
export interface PickleTensor {
  readonly kind: 'tensor';
  readonly dtype: StoredDtype;
  readonly storage: PickleStorage;
  /** Elements of the storage before the first of the tensor. */
  readonly storageOffset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/**
 * A list, set or bytes object. What is in it is not kept: no tensor of a state dict lies there, and a
 * pickle can neither fill memory with it nor nest it to exhaust a stack.
 */
export interface PickleOpaque {
  readonly kind: 'list' | 'set' | 'bytes';
}

/** A value of a pickle. Integers beyond 2^53 are bigints. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleGlobal
  | PickleTuple
  | PickleDict
  | PickleStorage
  | PickleTensor
  | PickleOpaque;

type PickleObject = Extract<PickleValue, object>;

/** True for an object of one kind, for example a tensor. */
export function isKind<K extends PickleObject['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleObject, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** What a value is, for messages. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'object') return value.kind === 'global' ? value.name : `a ${value.kind}`;
  if (typeof value === 'bigint') return 'an integer beyond 2^53';
  return typeof value === 'string' ? 'a text' : `${value}`;
}
