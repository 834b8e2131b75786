import { readFile } from 'node:fs/promises';
import { dataAddress } from '../files/data-address.js';

/** Larger pictures are not put into the page. */
const LARGEST_PICTURE_BYTES = 400_000;
/** With more in it the page could not be sent to anybody. */
const LARGEST_TOTAL_BYTES = 20_000_000;

/** Puts pictures into a page as data addresses, until they become too large together. */
export class PagePictures {
  private bytes = 0;
  /** Pictures that were too large. */
  leftOut = 0;

  /** A picture as HTML; nothing where it is absent or large. */
  async html(path: string | undefined): Promise<string> {
    const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined);
    if (!bytes) return '';
    if (bytes.length > LARGEST_PICTURE_BYTES || this.bytes + bytes.length > LARGEST_TOTAL_BYTES) {
      this.leftOut++;
      return '';
    }
    this.bytes += bytes.length;
    return `<img alt="" src="${dataAddress(bytes)}">`;
  }
}
