import { pythonWords } from '../python/text.js';

const NUMBERS = 'zero one two three four five six seven eight nine ten'.split(' ');
const DIGITS = new Map([
  ['none', '0'],
  ...NUMBERS.map((word, value): [string, string] => [word, String(value)]),
]);
const ARTICLES = new Set(['a', 'an', 'the']);

/** Contractions whose key is the word without its apostrophes. */
const PLAIN =
  `ain't aren't can't could've couldn't didn't doesn't don't hadn't hasn't haven't he'd he's how'd
how'll how's isn't it'd it'll ma'am mightn't might've mustn't must've needn't not've o'clock oughtn't shan't
should've shouldn't somebody'll somebody's someone'd someone'll someone's something'd something'll that's there'd
there're there's they'd they'll they're they've 'twas wasn't we've weren't what'll what're what's what've when's
where'd where's where've who'd who'll who's who've why'll why're why's won't would've wouldn't y'all you'd you'll
you're you've`.split(/\s+/);

/** Contractions of three parts, found with either apostrophe missing. */
const DOUBLE =
  `couldn't've hadn't've he'd've it'd've mightn't've she'd've shouldn't've somebody'd've someone'd've
something'd've there'd've they'd've we'd've who'd've wouldn't've y'all'll you'd've`.split(/\s+/);

/** Rows that follow no rule; the first is a mistake that must be kept. */
const ODD: readonly (readonly [string, string])[] = [
  ["somebody'd", 'somebodyd'],
  ["ow's'at", "'ow's'at"],
  ["'ows'at", "'ow's'at"],
  ["'ow'sat", "'ow's'at"],
  ["yall'd've", "y'all'd've"],
  ["y'alld've", "y'all'd've"],
  ["y'all'dve", "y'all'd've"],
];

const withoutApostrophe = (word: string, which: number): string => {
  let seen = -1;
  return word.replace(/'/g, (mark) => (++seen === which ? '' : mark));
};

const CONTRACTIONS = new Map<string, string>([
  ...PLAIN.map((word): [string, string] => [word.replaceAll("'", ''), word]),
  ...DOUBLE.flatMap((word): [string, string][] => [
    [withoutApostrophe(word, 0), word],
    [withoutApostrophe(word, 1), word],
  ]),
  ...ODD,
]);

/**
 * The step after punctuation in the VQA family of scorers: lower case, number words to digits, articles dropped,
 * missing apostrophes put in, one blank between words.
 *
 * The published table has rows with capitals and rows that map a word to itself; neither can have an effect.
 */
export function normaliseWords(text: string): string {
  const words: string[] = [];
  for (const word of pythonWords(text.toLowerCase())) {
    const digit = DIGITS.get(word) ?? word;
    if (!ARTICLES.has(digit)) words.push(CONTRACTIONS.get(digit) ?? digit);
  }
  return words.join(' ');
}
