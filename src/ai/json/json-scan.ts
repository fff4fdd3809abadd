/**
 * Where JSON values end, found in the bytes without building anything. The grammar is checked as JSON.parse checks it, save
 * for what is inside strings (control characters, unknown escapes, broken UTF-8): those bytes are only looked at for quotes.
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
export const QUOTE = 0x22;
const PLUS = 0x2b;
export const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** Not JSON. */
export const INVALID = -1;

export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

const KINDS: Readonly<Record<string, JsonKind>> = {
  '"': 'string',
  '{': 'object',
  '[': 'array',
  t: 'boolean',
  f: 'boolean',
  n: 'null',
};

/** What a value is, told by its first character. */
export const kindOf = (first: string | undefined): JsonKind => KINDS[first ?? ''] ?? 'number';

/** Deeper nesting is refused, as Kong's parser (cjson) refuses it. */
const MAX_DEPTH = 1000;

/**
 * How far a string is searched byte by byte before the native search takes over. Most strings in a request are member names
 * and short values, for which a native call costs more than it saves; prompts are long.
 */
const SHORT_STRING = 32;

const LONG_REACH = 1024;

/** The first position from `at` on that holds no white space. */
export function afterSpace(bytes: Buffer, at: number): number {
  let position = at;
  for (;;) {
    const byte = bytes[position];
    if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) return position;
    position++;
  }
}

/** The position after the string that opens at `open`, or INVALID. */
function endOfString(bytes: Buffer, open: number): number {
  let at = open + 1;
  let reach = SHORT_STRING;
  for (;;) {
    const limit = at + reach;
    while (at < limit) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === undefined) return INVALID;
      at += byte === BACKSLASH ? 2 : 1;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return INVALID;
    let start = quote;
    // Backslashes before `at` belong to escapes that were passed over already.
    while (start > at && bytes[start - 1] === BACKSLASH) start--;
    if ((quote - start) % 2 === 0) return quote + 1;
    at = quote + 1;
    // Text full of escaped quotes (JSON within JSON) is faster to walk than to search again and again.
    reach = LONG_REACH;
  }
}

/**
 * Takes a member as positions: `from`, after the brace or comma before it; its name, quotes included, and its value, each from
 * the first byte to the one after the last. `false`: the object is not wanted any more.
 */
type MemberVisitor = (from: number, name: number, nameEnd: number, start: number, end: number) => boolean;

/** Visits the members of the one object that the bytes are. Answers with the position of its closing brace, or INVALID. */
export function visitMembers(bytes: Buffer, visit: MemberVisitor): number {
  const open = afterSpace(bytes, 0);
  if (bytes[open] !== OPEN_OBJECT) return INVALID;
  let from = open + 1;
  let at = afterSpace(bytes, from);
  let follows = bytes[at] !== CLOSE_OBJECT;
  while (follows) {
    const nameEnd = bytes[at] === QUOTE ? endOfString(bytes, at) : INVALID;
    if (nameEnd === INVALID) return INVALID;
    const colon = afterSpace(bytes, nameEnd);
    if (bytes[colon] !== COLON) return INVALID;
    const start = afterSpace(bytes, colon + 1);
    const end = endOfValue(bytes, start);
    if (end === INVALID || !visit(from, at, nameEnd, start, end)) return INVALID;
    at = afterSpace(bytes, end);
    follows = bytes[at] === COMMA;
    if (follows) {
      from = at + 1;
      at = afterSpace(bytes, from);
    }
  }
  const isWhole = bytes[at] === CLOSE_OBJECT && afterSpace(bytes, at + 1) === bytes.length;
  return isWhole ? at : INVALID;
}

/** The position after the value that begins at `at`, or INVALID. */
export function endOfValue(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return endOfContainer(bytes, at);
  return endOfScalar(bytes, at);
}

function endOfScalar(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
      return endOfString(bytes, at);
    case 0x74: // true
      return bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : INVALID;
    case 0x66: // false
      return bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65
        ? at + 5
        : INVALID;
    case 0x6e: // null
      return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : INVALID;
    default:
      return endOfNumber(bytes, at);
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

function endOfDigits(bytes: Buffer, at: number): number {
  let position = at;
  while (isDigit(bytes[position])) position++;
  return position === at ? INVALID : position;
}

function endOfNumber(bytes: Buffer, at: number): number {
  const first = bytes[at] === MINUS ? at + 1 : at;
  let position = bytes[first] === ZERO ? first + 1 : endOfDigits(bytes, first);
  if (position !== INVALID && bytes[position] === DOT) position = endOfDigits(bytes, position + 1);
  if (position !== INVALID && (bytes[position] === 0x65 || bytes[position] === 0x45)) {
    const sign = bytes[position + 1];
    position = endOfDigits(bytes, sign === PLUS || sign === MINUS ? position + 2 : position + 1);
  }
  return position;
}

/** What closes each open object or list, outermost first. Shared: a scan runs to its end before another begins. */
const closers = new Uint8Array(MAX_DEPTH);

/**
 * One loop over everything inside, however deep. Each turn stands before a value, or before the name of a member or the end
 * of an object or list that has just been opened.
 */
function endOfContainer(bytes: Buffer, open: number): number {
  let depth = 0;
  let at = open;
  for (;;) {
    const byte = bytes[at];
    let opened = false;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (depth === MAX_DEPTH) return INVALID;
      closers[depth++] = byte + 2;
      at = afterSpace(bytes, at + 1);
      opened = true;
    } else {
      at = byte === QUOTE ? endOfString(bytes, at) : endOfScalar(bytes, at);
      if (at === INVALID) return INVALID;
    }
    if (!opened || bytes[at] === closers[depth - 1]) {
      // A value is complete: close what ends here, then a comma must follow.
      if (!opened) at = afterSpace(bytes, at);
      while (bytes[at] === closers[depth - 1]) {
        at++;
        if (--depth === 0) return at;
        at = afterSpace(bytes, at);
      }
      if (bytes[at] !== COMMA) return INVALID;
      at = afterSpace(bytes, at + 1);
    }
    if (closers[depth - 1] === CLOSE_OBJECT) {
      if (bytes[at] !== QUOTE) return INVALID;
      at = endOfString(bytes, at);
      if (at === INVALID) return INVALID;
      at = afterSpace(bytes, at);
      if (bytes[at] !== COLON) return INVALID;
      at = afterSpace(bytes, at + 1);
    }
  }
}
