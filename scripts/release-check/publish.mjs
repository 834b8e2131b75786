import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packedFile } from '../packed-file.mjs';
import { runProgram } from '../run-program.mjs';

async function isPublished(registry, { name, version }) {
  const answer = await fetch(`${registry}${name.replace('/', '%2f')}`);
  return answer.ok && version in (await answer.json()).versions;
}

/**
 * Publishes every version that the registry does not have yet, packed by pnpm, as `changeset publish` does in the
 * release workflow. That has no way to leave provenance out, which needs the identity of a workflow on GitHub.
 *
 * @returns names of what was published, sorted
 */
export async function publishNew({ copy, registry, work, environment }) {
  const tarballs = join(work, 'packed');
  mkdirSync(tarballs, { recursive: true });
  const names = [];
  for (const { folder, manifest } of copy.packages()) {
    if (await isPublished(registry, manifest)) continue;
    const pack = ['--dir', folder, 'pack', '--json', '--pack-destination', tarballs];
    const printed = await copy.run('pnpm', pack);
    const publish = ['publish', packedFile(printed), '--access', 'public', '--provenance=false'];
    await runProgram('npm', publish, { cwd: tarballs, env: environment });
    names.push(manifest.name);
  }
  return names.sort();
}
