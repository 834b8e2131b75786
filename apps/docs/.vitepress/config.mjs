import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

const pages = join(import.meta.dirname, '..', '.pages');

/** Entries of a sidebar for the pages of a folder, by their first headings. */
const pagesOf = (folder, wanted = readdirSync(join(pages, folder))) =>
  wanted
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => ({
      text:
        /^# (.*)$/m
          .exec(readFileSync(join(pages, folder, name), 'utf8'))?.[1]
          .replaceAll('`', '') ?? name,
      link: `/${folder}/${name.replace(/\.md$/, '')}`,
    }));

const shortTitle = (entry) => ({ ...entry, text: entry.text.split(':')[0] });

/**
 * A section of a sidebar.
 *
 * @param links  addresses by title, in order
 * @param pages  entries after them
 */
const section = (text, links, pages = []) => ({
  text,
  items: [...Object.entries(links).map(([title, link]) => ({ text: title, link })), ...pages],
});

/** Pages of the API, by what one imports; those that only list the entries of a package are left out. */
const apiPages = () =>
  readdirSync(join(pages, 'api'), { recursive: true })
    .filter((name) => name.endsWith('.md') && !name.endsWith('README.md'))
    .sort()
    .map((name) => ({
      text: name.replace(/(\/index)?\.md$/, ''),
      link: `/api/${name.replace(/(index)?\.md$/, '')}`,
    }));

/** Anchors as GitHub makes them, so that one link works in both places. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

export default defineConfig({
  title: '@autoprune',
  description: 'Visual-token pruning for vision-language models, in TypeScript',
  srcDir: '.pages',
  outDir: 'dist',
  cacheDir: '.cache',
  cleanUrls: false,
  lastUpdated: false,
  markdown: { anchor: { slugify } },
  themeConfig: {
    nav: [
      {
        text: 'Guide',
        link: '/guide',
        activeMatch: '^/(guide|real-models|config-file|cost-accounting|recipes|limits)',
      },
      { text: 'Methods', link: '/methods/', activeMatch: '^/methods/' },
      { text: 'Benchmarks', link: '/benchmarks/', activeMatch: '^/benchmarks/' },
      { text: 'Packages', link: '/packages/cli', activeMatch: '^/packages/' },
      { text: 'API', link: '/api/README', activeMatch: '^/api/' },
    ],
    sidebar: {
      '/methods/': [
        section('Methods', {
          All: '/methods/',
          'At the same FLOPs': '/methods/accuracy',
          'Your own': '/methods/your-own',
        }),
        section(
          'One by one',
          {},
          pagesOf('methods')
            .filter(({ link }) => !/accuracy|your-own|notes/.test(link))
            .map(shortTitle),
        ),
      ],
      '/benchmarks/': [section('Benchmarks', { All: '/benchmarks/' }, pagesOf('benchmarks'))],
      '/packages/': [section('Packages', {}, pagesOf('packages'))],
      '/decisions/': [section('Decisions', { All: '/decisions/' }, pagesOf('decisions'))],
      '/api/': [section('API', { Overview: '/api/README' }, apiPages())],
      '/': [
        section('Guide', {
          'Getting started': '/guide',
          'Run a real model': '/real-models',
          'What the numbers mean': '/cost-accounting',
          'A configuration file': '/config-file',
          Limits: '/limits',
        }),
        section('Recipes', {
          'Another runtime': '/recipes/own-runtime',
          'A method of your own': '/methods/your-own',
          'From published scripts': '/published-flags',
        }),
        section('Project', {
          Decisions: '/decisions/',
          Versions: '/versions',
          Releasing: '/releasing',
          'Native kernels': '/native',
        }),
      ],
    },
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/autoprune/autoprune' }],
    footer: { message: 'Apache-2.0' },
  },
});
