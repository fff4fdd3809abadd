/** A set of UTF-16 code units: sorted ranges that neither overlap nor touch. */
export type CharSet = readonly CharRange[];
export type CharRange = readonly [first: number, last: number];

const LAST = 0xffff;
const ranges = (...pairs: readonly (readonly [string, string])[]): CharSet =>
  union(pairs.map(([first, last]) => [first.charCodeAt(0), last.charCodeAt(0)] as const));

export const single = (code: number): CharSet => [[code, code]];

/** The one character of a set that has just one. */
export function onlyCharacter(set: CharSet): string | undefined {
  const [range] = set;
  return set.length === 1 && range && range[0] === range[1] ? String.fromCharCode(range[0]) : undefined;
}

export function union(...sets: readonly (readonly CharRange[])[]): CharSet {
  const sorted = sets.flat().sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = merged.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged;
}

export function complement(set: CharSet): CharSet {
  const rest: CharRange[] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

export const ALL: CharSet = [[0, LAST]];
export const DIGIT = ranges(['0', '9']);
export const UPPER = ranges(['A', 'Z']);
export const LOWER = ranges(['a', 'z']);
export const ALPHA = union(UPPER, LOWER);
export const WORD = union(ALPHA, DIGIT, ranges(['_', '_']));
/** PCRE's `\s`: ASCII only, unlike JavaScript's. */
export const SPACE = ranges(['\t', '\r'], [' ', ' ']);
export const HORIZONTAL = ranges(
  ['\t', '\t'],
  [' ', ' '],
  ['\u00a0', '\u00a0'],
  ['\u1680', '\u1680'],
  ['\u180e', '\u180e'],
  ['\u2000', '\u200a'],
  ['\u202f', '\u202f'],
  ['\u205f', '\u205f'],
  ['\u3000', '\u3000'],
);
export const VERTICAL = ranges(['\n', '\r'], ['\u0085', '\u0085'], ['\u2028', '\u2029']);
export const NOT_NEWLINE = complement(single(10));

/** `[:name:]` inside a class. */
export const POSIX: ReadonlyMap<string, CharSet> = new Map(
  Object.entries({
    alnum: union(ALPHA, DIGIT),
    alpha: ALPHA,
    ascii: [[0, 0x7f]],
    blank: ranges(['\t', '\t'], [' ', ' ']),
    cntrl: ranges(['\0', '\x1f'], ['\x7f', '\x7f']),
    digit: DIGIT,
    graph: ranges(['!', '~']),
    lower: LOWER,
    print: ranges([' ', '~']),
    punct: ranges(['!', '/'], [':', '@'], ['[', '`'], ['{', '~']),
    space: SPACE,
    upper: UPPER,
    word: WORD,
    xdigit: ranges(['0', '9'], ['A', 'F'], ['a', 'f']),
  }),
);

/** What `\p{name}` matches: a general category or a script; `undefined`: there is no such property. */
export function unicodeProperty(name: string): CharSet | undefined {
  const known = properties.get(name);
  if (known) return known;
  const member = propertyTest(name);
  if (!member) return undefined;
  const members: CharRange[] = [];
  for (let code = 0; code <= LAST; code++) if (member.test(String.fromCharCode(code))) members.push([code, code]);
  const set = union(members);
  properties.set(name, set);
  return set;
}

/** `\d`, `\s` and `\w` of all scripts (UTS #18, annex C). Worked out when first asked for. */
export const unicodeClasses = {
  d: () => unicodeProperty('Nd') as CharSet,
  s: () => unicodeProperty('White_Space') as CharSet,
  w: () => union(...WORD_PROPERTIES.map((name) => unicodeProperty(name) as CharSet)),
};

const WORD_PROPERTIES = ['Alphabetic', 'M', 'Nd', 'Pc', 'Join_Control'];
const properties = new Map<string, CharSet>();

function propertyTest(name: string): RegExp | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  for (const property of [name, `Script=${name}`]) {
    try {
      return new RegExp(`^\\p{${property}}$`, 'u');
    } catch {
      // Not a property of that kind.
    }
  }
  return undefined;
}

/** Beyond this many members only ASCII letters get their other case: such sets are complements, which have both. */
const FEW = 512;

/** The set with the other case of every letter in it. */
export function inEitherCase(set: CharSet): CharSet {
  const size = set.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  const bound = size > FEW ? 0x7f : LAST;
  const variants: CharRange[] = [];
  for (const [first, last] of set) {
    for (let code = first; code <= Math.min(last, bound); code++) {
      const character = String.fromCharCode(code);
      for (const variant of [character.toLowerCase(), character.toUpperCase()]) {
        if (variant.length === 1 && variant !== character)
          variants.push([variant.charCodeAt(0), variant.charCodeAt(0)]);
      }
    }
  }
  return variants.length === 0 ? set : union(set, variants);
}
