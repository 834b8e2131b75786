import type { CheckpointFile } from './checkpoint-file.js';

/** Enough to see the mark of a tar archive, which begins at byte 257. */
const HEAD_BYTES = 512;
const ZIP_MARK = Buffer.from('PK\x03\x04', 'latin1');
/** torch.save before 1.6: a pickle (LONG1 of ten bytes) of the number 0x1950a86a20f9469cfc6c. */
const LEGACY_MARK = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex');
const TAR_MARK = Buffer.from('ustar', 'latin1');
const TAR_MARK_OFFSET = 257;
const LFS_MARK = Buffer.from('version https://git-lfs', 'latin1');

const SAVE_AGAIN = 'save it again with torch.save of PyTorch 1.6 or later, or as safetensors';

function startsWith(head: Buffer, mark: Buffer, offset = 0): boolean {
  return head.subarray(offset, offset + mark.length).equals(mark);
}

/**
 * Refuses what is often named pytorch_model.bin but is no ZIP file, each with the next step.
 *
 * @throws CHECKPOINT_INVALID
 */
export async function requireZipFile(file: CheckpointFile): Promise<void> {
  const head = await file.read(0, Math.min(HEAD_BYTES, file.size));
  if (startsWith(head, ZIP_MARK)) return;
  if (head.length === 0) file.invalid('is empty; download it again');
  if (head[0] === 0x80 && startsWith(head, LEGACY_MARK, 2)) {
    file.invalid(
      `is in the format of PyTorch before 1.6 (a bare pickle), which is not read; ${SAVE_AGAIN}`,
    );
  }
  if (startsWith(head, TAR_MARK, TAR_MARK_OFFSET)) {
    file.invalid(
      `is a tar archive as PyTorch before 0.1.10 wrote it, which is not read; ${SAVE_AGAIN}`,
    );
  }
  if (startsWith(head, LFS_MARK)) {
    file.invalid('is a Git LFS pointer, not the weights; run git lfs pull');
  }
  file.invalid(
    `is not a PyTorch checkpoint: it begins with the bytes ${head.subarray(0, 4).toString('hex')}, not with those of a ZIP file; download it again`,
  );
}
