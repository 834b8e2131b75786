import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A block of code in a page. */
export interface CodeBlock {
  /** Page relative to the repository, and the line on which the block begins: `README.md:12`. */
  readonly name: string;
  readonly page: string;
  readonly language: string;
  readonly text: string;
  /** Why it is not run, where a comment `<!-- not run here: … -->` before it says so. */
  readonly notRun: string | undefined;
}

const BLOCK = /(?:<!-- not run here: (.*) -->\n\n)?^```(\S*)[^\n]*\n([\s\S]*?)^```$/gm;

/** The blocks of a page, in order. */
function codeBlocks(page: string, text: string): CodeBlock[] {
  return [...text.matchAll(BLOCK)].map(([whole, notRun, language = '', code = '']) => {
    const line = text.slice(0, text.indexOf(whole)).split('\n').length;
    return { name: `${page}:${line}`, page, language, text: code, notRun };
  });
}

/** Every page that tells users what to do: READMEs and guides; not the records of decisions, nor generated pages. */
function guidePages(root: string): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !/^(decisions|benchmarks|api)\//.test(name))
      .map((name) => join(folder, name));
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  return ['README.md', 'native/README.md', ...packages, ...below('docs')];
}

/** All blocks of all guides. */
export function guideBlocks(root: string): CodeBlock[] {
  return guidePages(root).flatMap((page) =>
    codeBlocks(page, readFileSync(join(root, page), 'utf8')),
  );
}
