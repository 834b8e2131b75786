import type { StoredDtype } from '../stored-tensor.js';
import type { GlobalRole, PickleGlobal } from './pickle-value.js';
import { printable } from './printable.js';

const STORAGE_TYPES: Readonly<Record<string, StoredDtype>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** Module and name, joined by the one character that neither may hold. */
const key = (module: string, name: string) => `${module}\n${name}`;

const allowed = new Map<string, PickleGlobal>();

function allow(module: string, name: string, role: GlobalRole, dtype?: StoredDtype): void {
  const global = { kind: 'global', name: `${module}.${name}`, role } as const;
  allowed.set(key(module, name), dtype === undefined ? global : { ...global, dtype });
}

allow('collections', 'OrderedDict', 'ordered-dict');
allow('torch', 'Size', 'size');
allow('torch._utils', '_rebuild_tensor_v2', 'rebuild-tensor');
allow('torch._utils', '_rebuild_parameter', 'rebuild-parameter');
// A storage saved by itself; its element type is not known, so no tensor can be made of it.
allow('torch.storage', 'UntypedStorage', 'storage-type');
allow('torch', 'UntypedStorage', 'storage-type');
for (const [name, dtype] of Object.entries(STORAGE_TYPES)) {
  allow('torch', name, 'storage-type', dtype);
  allow('torch', dtype, 'dtype', dtype);
}

/**
 * Names that harmless checkpoints hold, above all for tensors that we cannot use in place. They get an
 * answer that does not frighten; everything else is refused with a warning.
 */
const UNSUPPORTED = new Map<string, string>([
  ['torch._utils._rebuild_tensor_v3', 'element types such as float8 or uint16'],
  ['torch._utils._rebuild_parameter_with_state', 'parameters with attributes'],
  ['torch._utils._rebuild_sparse_tensor', 'sparse tensors'],
  ['torch._utils._rebuild_qtensor', 'quantised tensors'],
  ['torch._utils._rebuild_nested_tensor', 'nested tensors'],
  ['torch._utils._rebuild_meta_tensor_no_storage', 'tensors without values'],
  ['torch._tensor._rebuild_from_type_v2', 'tensors with attributes'],
  ['torch.nn.parameter.Parameter', 'parameters in the form of PyTorch before 0.4'],
  ['torch.ComplexFloatStorage', 'complex numbers'],
  ['torch.ComplexDoubleStorage', 'complex numbers'],
  ['torch.QInt8Storage', 'quantised tensors'],
  ['torch.QUInt8Storage', 'quantised tensors'],
  ['torch.QInt32Storage', 'quantised tensors'],
  ['torch.QUInt4x2Storage', 'quantised tensors'],
  ['torch.QUInt2x4Storage', 'quantised tensors'],
  ['torch.device', 'devices'],
  ['_codecs.encode', 'bytes'],
  ['__builtin__.set', 'sets'],
  ['collections.defaultdict', 'further kinds of dict'],
]);

/** The allow-listed global, or undefined. Module and name must both be exact. */
export function findGlobal(module: string, name: string): PickleGlobal | undefined {
  return allowed.get(key(module, name));
}

/** Why a global that {@link findGlobal} does not know is refused: the end of a message. */
export function refusedGlobal(module: string, name: string): string {
  const dotted = `${module}.${name}`;
  const use = UNSUPPORTED.get(dotted);
  return use === undefined
    ? `asks for the global ${printable(dotted)}, which a checkpoint has no use for; do not load this file elsewhere either`
    : `asks for the global ${dotted} (${use}), which is not supported; save a dict of plain tensors, or safetensors`;
}
