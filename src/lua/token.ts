export type Keyword = (typeof KEYWORDS)[number];
export type Punctuation = (typeof SYMBOLS)[number];

export const KEYWORDS = [
  'and',
  'break',
  'do',
  'else',
  'elseif',
  'end',
  'false',
  'for',
  'function',
  'if',
  'in',
  'local',
  'nil',
  'not',
  'or',
  'repeat',
  'return',
  'then',
  'true',
  'until',
  'while',
] as const;

/** Longest first, so that the first that fits is the right one. */
export const SYMBOLS = [
  '...',
  '..',
  '==',
  '~=',
  '<=',
  '>=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '#',
  '<',
  '>',
  '=',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  ';',
  ':',
  ',',
  '.',
] as const;

export type Token =
  | { readonly kind: 'keyword'; readonly text: Keyword; readonly line: number }
  | { readonly kind: 'symbol'; readonly text: Punctuation; readonly line: number }
  | { readonly kind: 'name'; readonly text: string; readonly line: number }
  | { readonly kind: 'string'; readonly text: string; readonly line: number }
  | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly line: number }
  | { readonly kind: 'end'; readonly text: '<eof>'; readonly line: number };
