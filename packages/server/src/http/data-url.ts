import { AutopruneError } from '@autoprune/core';

const START = /^data:(image\/[\w.+-]+)?;base64,/i;

/**
 * The bytes of a picture given as a data URL.
 *
 * @param url  `data:image/…;base64,…`; the type is not trusted, the bytes decide
 * @param param  where the URL stands in the request, for the message
 * @throws PICTURE_URL_REFUSED for an address elsewhere, PICTURE_URL_INVALID for anything that is not base64 of a picture
 */
export function pictureOfDataUrl(url: string, param: string): Uint8Array {
  if (!/^data:/i.test(url)) {
    throw new AutopruneError(
      'PICTURE_URL_REFUSED',
      `${param} is not a data URL; this server fetches no pictures, so send data:image/png;base64,… instead`,
      { param },
    );
  }
  const start = START.exec(url)?.[0];
  if (start === undefined) {
    throw new AutopruneError(
      'PICTURE_URL_INVALID',
      `${param} is no picture in base64; write data:image/png;base64,…`,
      { param },
    );
  }
  const base64 = url.slice(start.length).replace(/=+$/, '');
  const bytes = Buffer.from(base64, 'base64');
  // Buffer would skip what is not base64.
  if (bytes.length === 0 || /[^\w+/-]/.test(base64)) {
    throw new AutopruneError(
      'PICTURE_URL_INVALID',
      `${param} holds ${base64.length} characters that are not all base64, so that they do not decode; send the whole file in base64`,
      { param },
    );
  }
  return bytes;
}
