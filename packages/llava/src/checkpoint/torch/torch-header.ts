import type { StoredTensor } from '../stored-tensor.js';
import { CheckpointFile } from './checkpoint-file.js';
import { requireZipFile } from './other-formats.js';
import { printable } from './printable.js';
import { namedTensors } from './state-dict.js';
import { placeTensor } from './tensor-view.js';
import { unpickle } from './unpickler.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';

/** 13B parameters in one file take 0.1 MB; 29 000 tensors with long names take 8. */
const MAX_PICKLE_BYTES = 16 * 1024 * 1024;
/** `byteorder` holds the word little or big. */
const MAX_BYTEORDER_BYTES = 16;
const PICKLE = '/data.pkl';

type ZipEntries = ReadonlyMap<string, ZipEntry>;

/** The one pickle of a checkpoint; its folder, which torch names after the file, holds all the rest. */
function findPickle(
  file: CheckpointFile,
  entries: ZipEntries,
): { prefix: string; entry: ZipEntry } {
  const found = [...entries.values()].filter(({ name }) => name.endsWith(PICKLE));
  const [entry] = found;
  if (!entry) {
    file.invalid('is a ZIP file, but no PyTorch checkpoint: it has no folder with a data.pkl');
  }
  if (found.length > 1) {
    file.invalid(`has ${found.length} entries data.pkl, where torch writes one; do not load it`);
  }
  if (entry.length > MAX_PICKLE_BYTES) {
    file.invalid(`data.pkl has ${entry.length} bytes, above the limit of ${MAX_PICKLE_BYTES}`);
  }
  const prefix = entry.name.slice(0, -PICKLE.length);
  if (entries.has(`${prefix}/constants.pkl`)) {
    file.invalid('is a TorchScript program; save its state_dict() with torch.save instead');
  }
  return { prefix, entry };
}

/** Files of PyTorch before 2.1 have no such entry and are little-endian. */
async function requireLittleEndian(
  file: CheckpointFile,
  entry: ZipEntry | undefined,
): Promise<void> {
  if (!entry) return;
  const bytes = await file.read(entry.offset, Math.min(entry.length, MAX_BYTEORDER_BYTES));
  const order = bytes.toString('latin1');
  if (order === 'little') return;
  file.invalid(
    `has the byte order "${printable(order)}", only little-endian values can be used in place; save it again on a little-endian machine`,
  );
}

/**
 * Where the tensors of a PyTorch checkpoint lie (torch.save of 1.6 and later: a ZIP file of values as they
 * are, and a pickle that names them). The pickle is read as data, no code of it is run; of the values
 * nothing is read.
 *
 * @throws CHECKPOINT_INVALID naming the file and the reason, for anything but a plain state dict
 */
export async function readTorchHeader(path: string): Promise<StoredTensor[]> {
  const file = await CheckpointFile.open(path);
  try {
    await requireZipFile(file);
    const entries = await readZipDirectory(file);
    const { prefix, entry } = findPickle(file, entries);
    await requireLittleEndian(file, entries.get(`${prefix}/byteorder`));
    const pickle = await file.read(entry.offset, entry.length);
    const tensors = namedTensors(unpickle(pickle, path), file);
    return [...tensors].map(([name, tensor]) =>
      placeTensor(file, name, tensor, entries.get(`${prefix}/data/${tensor.storage.key}`)),
    );
  } finally {
    await file.close();
  }
}
