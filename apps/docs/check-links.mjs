import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const decode = (text) => decodeURIComponent(text.replaceAll('&amp;', '&'));

/**
 * Follows every link of a built site: pages, anchors, pictures, scripts. Nothing may be loaded from elsewhere.
 *
 * @throws naming every dead link and every resource of another host
 */
export function checkLinks(dist) {
  const names = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.html'));
  const texts = new Map(
    names.map((name) => [join(dist, name), readFileSync(join(dist, name), 'utf8')]),
  );
  const anchors = new Map(
    [...texts].map(([file, text]) => [
      file,
      new Set([...text.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => decode(id))),
    ]),
  );
  const fileOf = (path) =>
    [path, `${path}.html`, join(path, 'index.html')].find(
      (candidate) => existsSync(candidate) && (texts.has(candidate) || /\.\w+$/.test(candidate)),
    );
  const dead = [];
  let links = 0;
  for (const [file, text] of texts) {
    for (const [, tag, attribute, target] of text.matchAll(
      /<(a|link|img|script|source|iframe)\b[^>]*?\s(href|src)="([^"]*)"/g,
    )) {
      const outside = /^(https?:)?\/\//.test(target);
      if (outside && (tag !== 'a' || attribute === 'src'))
        dead.push(`${relative(dist, file)} loads ${target}`);
      if (outside || /^(data|mailto):/.test(target)) continue;
      links++;
      const [path, anchor] = target.split('#');
      const name = decode(path.split('?')[0]);
      const to =
        name === ''
          ? file
          : fileOf(name.startsWith('/') ? join(dist, name) : join(dirname(file), name));
      const found = to && (!anchor || !anchors.has(to) || anchors.get(to).has(decode(anchor)));
      if (!found) dead.push(`${relative(dist, file)} → ${target}`);
    }
  }
  if (dead.length > 0) throw new Error(`dead links:\n${[...new Set(dead)].join('\n')}`);
  return { htmlFiles: names.length, links };
}
