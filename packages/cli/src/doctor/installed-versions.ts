import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Versions of a package in the node_modules folders above this file, and in pnpm's store beside them. */
export function installedVersions(name: string): string[] {
  const found = new Set<string>();
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const modules = join(folder, 'node_modules');
    if (existsSync(join(modules, name, 'package.json'))) {
      found.add(versionIn(join(modules, name)));
    }
    const store = join(modules, '.pnpm');
    if (existsSync(store)) {
      for (const entry of readdirSync(store)) {
        if (entry.startsWith(`${name}@`))
          found.add(versionIn(join(store, entry, 'node_modules', name)));
      }
    }
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  return [...found];
}

function versionIn(folder: string): string {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version as string;
  } catch {
    return 'unreadable';
  }
}
