import type { Method } from '@autoprune/core';

/** `Authors et al., Title, Venue 2024, arXiv 2401.00001`, the form of every citation in the table. */
const CITATION =
  /^(?<authors>.+?) et al\., (?<title>.+), (?<venue>[^,]*?)(?<year>(?:19|20)\d{2})(?<rest>[^,]*)$/;
const EPRINT = /, arXiv ([\d.]+)$/;

/** The BibTeX entry of a method's paper; undefined for methods without one. */
function bibtexEntry({ name, paper, repository }: Method): string | undefined {
  const eprint = paper?.match(EPRINT)?.[1];
  const citation = paper?.replace(EPRINT, '').match(CITATION)?.groups;
  const { authors, title, venue, year, rest } = citation ?? {};
  if (!authors || !title || !year) return undefined;
  const booktitle = `${venue ?? ''}${rest ?? ''}`.replace(/\s+/g, ' ').trim();
  const fields: readonly (readonly [string, string | null | undefined])[] = [
    ['author', `${authors} and others`],
    // Braces keep the capitals of names.
    ['title', `{${title}}`],
    ['year', year],
    ['booktitle', booktitle],
    ['eprint', eprint],
    ['archivePrefix', eprint && 'arXiv'],
    ['url', repository],
  ];
  const lines = fields.flatMap(([field, value]) => (value ? [`  ${field} = {${value}},`] : []));
  return [`@${booktitle ? 'inproceedings' : 'misc'}{${name},`, ...lines, '}'].join('\n');
}

/** All entries, each paper once. */
export function bibtex(methods: readonly Method[]): string {
  const seen = new Set<string>();
  const entries = methods.flatMap((method) => {
    const entry = bibtexEntry(method);
    if (!entry || !method.paper || seen.has(method.paper)) return [];
    seen.add(method.paper);
    return [entry];
  });
  return entries.join('\n\n');
}
