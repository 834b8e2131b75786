import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a test run a temporary folder of its own, and removes it with all that the tests left there. */
export default function temporaryFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
