// Brings the pages of the site together in `.pages`: docs/, the pages of the packages, the API. Links between files of the
// repository become links between pages, or lead to the repository where a file is no page.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';

/** Markdown files of the repository that are pages, by their place in the site. */
function pageFiles(root) {
  const files = new Map();
  const docs = join(root, 'docs');
  for (const name of readdirSync(docs, { recursive: true })) {
    if (!name.endsWith('.md') || name.startsWith('api') || name === 'methods/notes.md') continue;
    files.set(join(docs, name), name.replace(/README\.md$/, 'index.md'));
  }
  for (const name of readdirSync(join(root, 'packages')))
    files.set(join(root, 'packages', name, 'README.md'), `packages/${name}.md`);
  files.set(join(root, 'native', 'README.md'), 'native.md');
  return files;
}

/** Everything outside of code, changed. */
function outsideCode(text, change) {
  return text
    .split(/(^```[\s\S]*?^```|`[^`\n]*`)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}

/**
 * @param root  of the repository
 * @param pages  folder to write; emptied first
 * @param repository  address that files which are no pages are linked under
 */
export function gatherPages(root, pages, repository) {
  rmSync(pages, { recursive: true, force: true });
  const files = pageFiles(root);
  for (const [file, page] of files) {
    const link = (whole, target) => {
      if (/^([a-z]+:|#|\/)/.test(target)) return whole;
      const [path, anchor] = target.split('#');
      const to = resolve(dirname(file), path);
      const readme = existsSync(to) && statSync(to).isDirectory() ? join(to, 'README.md') : to;
      const known = files.get(to) ?? files.get(readme);
      const hash = anchor === undefined ? '' : `#${anchor}`;
      if (known)
        return `](${posix.relative(posix.dirname(page), known) || posix.basename(known)}${hash})`;
      // A file that is not there stays a dead link, which the build refuses.
      return existsSync(to) && !/\.(png|svg)$/.test(to)
        ? `](${repository}/blob/main/${relative(root, to)}${hash})`
        : whole;
    };
    const text = outsideCode(readFileSync(file, 'utf8'), (part) =>
      part.replace(/\]\(([^)\s]+)\)/g, link),
    );
    const shown = text.replace(/<!-- not run here: (.*) -->/g, '_Not run by the tests: $1._');
    const wide = /^(methods|benchmarks|decisions)\/(index|accuracy)\.md$|^published-flags/.test(
      page,
    );
    const front = wide ? '---\naside: false\n---\n\n' : '';
    mkdirSync(dirname(join(pages, page)), { recursive: true });
    writeFileSync(join(pages, page), front + shown);
  }
  cpSync(join(root, 'docs', 'images'), join(pages, 'public', 'images'), { recursive: true });
  return [...files.values()];
}
