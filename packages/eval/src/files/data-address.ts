const SIGNATURES: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/gif', [0x47, 0x49, 0x46]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
];

/**
 * A picture as a data address.
 *
 * @param bytes  a picture file, whose first bytes tell its type; JPEG where they tell none
 */
export function dataAddress(bytes: Uint8Array): string {
  const found = SIGNATURES.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  return `data:${found?.[0] ?? 'image/jpeg'};base64,${Buffer.from(bytes).toString('base64')}`;
}
