import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Environment variables; a test or an embedding program gives its own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; an empty one counts as not set, as shells make it hard to unset them. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** True for the words that the hub's own tools take for yes. */
export function isYes(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'on'].includes(value?.trim().toLowerCase() ?? '');
}

/** The user's home folder. */
export function homeFolder(env: Environment): string {
  return variable(env, 'HOME') ?? variable(env, 'USERPROFILE') ?? homedir();
}

/** An absolute path; `~` in front becomes the home folder, because `.env` files and services see no shell. */
export function absolutePath(env: Environment, path: string): string {
  const fromHome = /^~(?:[/\\]|$)/.test(path) ? join(homeFolder(env), path.slice(1)) : path;
  return resolve(fromHome);
}
