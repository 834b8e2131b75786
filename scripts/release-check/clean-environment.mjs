import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const INHERITED = ['LANG', 'LC_ALL', 'TMPDIR', 'SystemRoot', 'CI'];

/**
 * The environment of somebody who has Node and a shell, and has never seen this repository: a home, caches and
 * settings of its own, with the registry as the only setting. No install script runs.
 */
export function cleanEnvironment(folder, registry) {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const host = registry.replace(/^http:/, '');
  const settings = [
    `registry=${registry}`,
    // npm publishes to no registry without a token; this one reads none.
    `${host}:_authToken=nobody`,
    'ignore-scripts=true',
    'audit=false',
    'fund=false',
    'update-notifier=false',
  ];
  writeFileSync(join(home, '.npmrc'), `${settings.join('\n')}\n`);
  writeFileSync(
    join(home, '.bunfig.toml'),
    `[install]\nregistry = "${registry}"\n[install.cache]\ndir = "${join(home, 'bun-cache')}"\n`,
  );
  return {
    ...Object.fromEntries(
      INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_globalconfig: join(home, 'global-npmrc'),
    npm_config_cache: join(home, 'npm-cache'),
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
  };
}
