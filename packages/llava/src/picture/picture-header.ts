import { AutopruneError } from '@autoprune/core';
import sharp, { type Metadata, type SharpOptions } from 'sharp';

/** sharp's names of the formats that Pillow reads too. SVG and the like would give other pixels per renderer. */
const FORMATS: readonly string[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'];
const FORMAT_NAMES = 'JPEG, PNG, WebP, GIF, TIFF or AVIF';

/** What the header of a file says, and the options to decode it with. */
export interface PictureHeader {
  readonly metadata: Metadata;
  readonly input: SharpOptions;
}

/** libvips' reason without sharp's prefix, on one line. */
function shortReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split('\n').find((part) => part.trim() !== '') ?? text;
  return line.replace(/^Input (buffer|file) (has corrupt header|contains)[: ]*/, '').slice(0, 120);
}

function unreadable(name: string, what: string, next: string, cause?: unknown): AutopruneError {
  const options = cause === undefined ? undefined : { cause };
  return new AutopruneError('PICTURE_UNREADABLE', `${name} ${what}; ${next}`, { name }, options);
}

/** PICTURE_UNREADABLE for what sharp threw. */
export function unreadablePicture(name: string, error: unknown): AutopruneError {
  const reason = shortReason(error);
  return reason === 'unsupported image format'
    ? unreadable(name, 'is not a picture in a known format', `give a ${FORMAT_NAMES} file`, error)
    : unreadable(name, `is damaged or cut off (${reason})`, 'fetch or export it again', error);
}

async function readMetadata(
  bytes: Uint8Array,
  name: string,
  options: SharpOptions,
): Promise<Metadata> {
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, options).metadata();
  } catch (error) {
    throw unreadablePicture(name, error);
  }
  if (!FORMATS.includes(metadata.format)) {
    const format = metadata.format.toUpperCase();
    throw unreadable(name, `is ${format}, which is not read`, `convert it to ${FORMAT_NAMES}`);
  }
  return metadata;
}

function requireFrame(name: string, frames: number, frame: number | undefined): void {
  if (frame === undefined && frames > 1) {
    throw new AutopruneError(
      'PICTURE_ANIMATED',
      `${name} has ${frames} frames or pages; choose one with --frame N (0 to ${frames - 1})`,
      { name, frames },
    );
  }
  if (frame !== undefined && !(Number.isInteger(frame) && frame >= 0 && frame < frames)) {
    const has = frames === 1 ? 'one frame only' : `${frames} frames or pages`;
    const next = frames === 1 ? 'leave --frame out' : `use 0 to ${frames - 1}`;
    throw new AutopruneError(
      'PICTURE_FRAME_UNKNOWN',
      `${name} has ${has} and none with number ${frame}; ${next}`,
      { name, frames, frame },
    );
  }
}

/**
 * Reads the header of the file, or of the asked frame where frames have their own (TIFF pages).
 *
 * @throws PICTURE_UNREADABLE, PICTURE_ANIMATED, PICTURE_FRAME_UNKNOWN
 */
export async function readPictureHeader(
  bytes: Uint8Array,
  name: string,
  frame: number | undefined,
): Promise<PictureHeader> {
  // Pixels are counted by our own limits, so libvips' limit is off. `error` refuses what is cut off or
  // damaged, but not what Pillow forgives too (stray bytes between JPEG markers).
  const input: SharpOptions = { ignoreIcc: true, failOn: 'error', limitInputPixels: false };
  const metadata = await readMetadata(bytes, name, input);
  requireFrame(name, metadata.pages ?? 1, frame);
  if (!frame) return { metadata, input };
  const paged = { ...input, page: frame };
  return { metadata: await readMetadata(bytes, name, paged), input: paged };
}
