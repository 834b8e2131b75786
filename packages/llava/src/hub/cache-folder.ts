import { join } from 'node:path';
import { absolutePath, type Environment, homeFolder, variable } from './environment.js';

/** Where the hub's tools keep everything: `$HF_HOME`, else `huggingface` in the user's cache folder. */
export function huggingFaceHome(env: Environment = process.env): string {
  const home = variable(env, 'HF_HOME');
  if (home) return absolutePath(env, home);
  const caches = variable(env, 'XDG_CACHE_HOME');
  return join(caches ? absolutePath(env, caches) : join(homeFolder(env), '.cache'), 'huggingface');
}

/**
 * The cache that all tools of the hub share: `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE` (its older name), else
 * `hub` in {@link huggingFaceHome}. A model that another tool has downloaded is found here, and the other way round.
 */
export function hubCacheFolder(env: Environment = process.env): string {
  const named = variable(env, 'HF_HUB_CACHE') ?? variable(env, 'HUGGINGFACE_HUB_CACHE');
  return named ? absolutePath(env, named) : join(huggingFaceHome(env), 'hub');
}
