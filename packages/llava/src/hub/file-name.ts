/** Bounds of one part and of the whole: what common file systems take. */
const MAX_PART_BYTES = 255;
const MAX_BYTES = 1024;
const MAX_PARTS = 16;

/** Characters that Windows gives a meaning of its own. */
const WINDOWS = /[<>:"|?*]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Why a file name that a server sent must not be used as a relative path, or undefined when it may. Names are not
 * trusted: one with `..` would write outside the cache.
 */
export function fileNameProblem(name: string, platform = process.platform): string | undefined {
  if (name === '') return 'is empty';
  // Lone surrogates cannot be written into an address; control characters would reach the terminal.
  if (/[\p{Cc}\p{Cs}]/u.test(name)) return 'holds control characters';
  if (name.includes('\\')) return 'holds a backslash';
  if (name.startsWith('/')) return 'is an absolute path';
  if (Buffer.byteLength(name) > MAX_BYTES) {
    return `has ${Buffer.byteLength(name)} bytes, above the limit of ${MAX_BYTES}`;
  }
  const parts = name.split('/');
  if (parts.length > MAX_PARTS) return `has ${parts.length} parts, above the limit of ${MAX_PARTS}`;
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return `has the part ${JSON.stringify(part)}`;
    const bytes = Buffer.byteLength(part);
    if (bytes > MAX_PART_BYTES) return `has a part of ${bytes} bytes, above ${MAX_PART_BYTES}`;
    if (platform === 'win32' && WINDOWS.test(part)) return 'cannot be a file name on Windows';
  }
  return undefined;
}
