import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';

/** Every package below a `node_modules` folder, nested ones too. */
function* installedPackages(modules) {
  for (const name of existsSync(modules) ? readdirSync(modules) : []) {
    const folder = join(modules, name);
    if (name.startsWith('@')) yield* installedPackages(folder);
    else if (existsSync(join(folder, 'package.json'))) {
      yield JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      yield* installedPackages(join(folder, 'node_modules'));
    }
  }
}

/**
 * Holds what every installed package asks of Node against the oldest Node that ours promise to run on.
 *
 * @returns how many there are, in words
 */
export function checkEngines(modules, promised) {
  const oldest = semver.minVersion(promised);
  const packages = [...installedPackages(modules)];
  const tooNew = packages.filter(
    ({ engines }) => engines?.node && !semver.satisfies(oldest, engines.node),
  );
  if (tooNew.length > 0) {
    const list = tooNew.map(({ name, version, engines }) => `${name}@${version}: ${engines.node}`);
    throw new Error(`do not run on Node ${oldest}: ${list.join(', ')}`);
  }
  return `${packages.length} packages, Node ${oldest}`;
}
