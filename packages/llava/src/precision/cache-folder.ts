import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder for what is made once and can be made again: `$AUTOPRUNE_CACHE`, else `autoprune` in the user's cache folder
 * (`$XDG_CACHE_HOME`, `~/Library/Caches`, `%LOCALAPPDATA%` or `~/.cache`).
 */
export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.AUTOPRUNE_CACHE) return resolve(environment.AUTOPRUNE_CACHE);
  if (environment.XDG_CACHE_HOME) return join(resolve(environment.XDG_CACHE_HOME), 'autoprune');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'autoprune');
  if (platform === 'win32' && environment.LOCALAPPDATA) {
    return join(environment.LOCALAPPDATA, 'autoprune', 'cache');
  }
  return join(homedir(), '.cache', 'autoprune');
}
