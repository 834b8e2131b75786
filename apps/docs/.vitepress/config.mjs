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
        {
          text: 'Methods',
          items: [
            { text: 'All', link: '/methods/' },
            { text: 'At the same FLOPs', link: '/methods/accuracy' },
            { text: 'Your own', link: '/methods/your-own' },
          ],
        },
        {
          text: 'One by one',
          items: pagesOf('methods')
            .filter(({ link }) => !/accuracy|your-own|notes/.test(link))
            .map(shortTitle),
        },
      ],
      '/benchmarks/': [
        {
          text: 'Benchmarks',
          items: [{ text: 'All', link: '/benchmarks/' }, ...pagesOf('benchmarks')],
        },
      ],
      '/packages/': [{ text: 'Packages', items: pagesOf('packages') }],
      '/decisions/': [
        {
          text: 'Decisions',
          items: [{ text: 'All', link: '/decisions/' }, ...pagesOf('decisions')],
        },
      ],
      '/api/': [{ text: 'API', items: [{ text: 'Overview', link: '/api/README' }, ...apiPages()] }],
      '/': [
        {
          text: 'Guide',
          items: [
            { text: 'Getting started', link: '/guide' },
            { text: 'Run a real model', link: '/real-models' },
            { text: 'What the numbers mean', link: '/cost-accounting' },
            { text: 'A configuration file', link: '/config-file' },
            { text: 'Limits', link: '/limits' },
          ],
        },
        {
          text: 'Recipes',
          items: [
            { text: 'Another runtime', link: '/recipes/own-runtime' },
            { text: 'A method of your own', link: '/methods/your-own' },
            { text: 'From published scripts', link: '/published-flags' },
          ],
        },
        {
          text: 'Project',
          items: [
            { text: 'Decisions', link: '/decisions/' },
            { text: 'Versions', link: '/versions' },
            { text: 'Releasing', link: '/releasing' },
            { text: 'Native kernels', link: '/native' },
          ],
        },
      ],
    },
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: 'https://github.com/autoprune/autoprune' }],
    footer: { message: 'Apache-2.0' },
  },
});
