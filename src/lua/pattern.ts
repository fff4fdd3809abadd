import type { LuaRun } from './lua-run.js';

const PERCENT = 37; // %
/** Lua's own limits. */
const MAX_CAPTURES = 32;
const MAX_DEPTH = 200;

const OPEN = -1;
const POSITION = -2;

/** A piece of the subject, or for `()` a position in it, counted from 1. */
export type Captured = string | number;

/**
 * Matches Lua patterns. Every step is charged to the run, because a pattern with several `-` or `*` can try a
 * polynomial number of ways on a subject that a stranger has chosen.
 */
export class PatternMatcher {
  private starts: number[] = [];
  private lengths: number[] = [];
  private depth = 0;

  constructor(
    private readonly subject: string,
    private readonly pattern: string,
    private readonly run: LuaRun,
  ) {}

  /** The end of a match that starts at `start` (both counted from 0); `undefined`: none starts there. */
  matchAt(start: number, patternStart: number): number | undefined {
    this.starts = [];
    this.lengths = [];
    this.depth = 0;
    return this.match(start, patternStart);
  }

  get captureCount(): number {
    return this.starts.length;
  }

  /** What was captured by the last match; without groups the whole of it counts as one. */
  captures(start: number, end: number): Captured[] {
    if (this.starts.length === 0) return [this.run.text(this.subject.slice(start, end))];
    return this.starts.map((_, index) => this.capture(index));
  }

  capture(index: number): Captured {
    const start = this.starts[index];
    const length = this.lengths[index];
    if (start === undefined || length === undefined) throw this.run.fault('invalid capture index');
    if (length === POSITION) return start + 1;
    if (length === OPEN) throw this.run.fault('unfinished capture');
    return this.run.text(this.subject.slice(start, start + length));
  }

  private match(from: number, patternFrom: number): number | undefined {
    if (++this.depth > MAX_DEPTH) throw this.run.fault('pattern too complex');
    const end = this.matchHere(from, patternFrom);
    this.depth--;
    return end;
  }

  private matchHere(from: number, patternFrom: number): number | undefined {
    const { pattern, subject } = this;
    let s = from;
    let p = patternFrom;
    while (p < pattern.length) {
      this.run.step();
      const character = pattern[p];
      if (character === '(') {
        return pattern[p + 1] === ')' ? this.open(s, p + 2, POSITION) : this.open(s, p + 1, OPEN);
      }
      if (character === ')') return this.close(s, p + 1);
      if (character === '$' && p + 1 === pattern.length) return s === subject.length ? s : undefined;
      if (character === '%') {
        const special = pattern[p + 1];
        if (special === 'b' || special === 'f' || isGroupNumber(special)) {
          const after =
            special === 'b' ? this.balanced(s, p + 2) : special === 'f' ? this.frontier(s, p + 2) : this.back(s, p + 1);
          if (after === undefined) return undefined;
          s = after;
          p = special === 'b' ? p + 4 : special === 'f' ? this.itemEnd(p + 2) : p + 2;
          continue;
        }
      }
      const end = this.itemEnd(p);
      switch (pattern[end]) {
        case '?': {
          if (this.matchesItem(s, p, end)) {
            const rest = this.match(s + 1, end + 1);
            if (rest !== undefined) return rest;
          }
          p = end + 1;
          continue;
        }
        case '+':
          return this.matchesItem(s, p, end) ? this.longest(s + 1, p, end) : undefined;
        case '*':
          return this.longest(s, p, end);
        case '-':
          return this.shortest(s, p, end);
        default:
          if (!this.matchesItem(s, p, end)) return undefined;
          s++;
          p = end;
      }
    }
    return s;
  }

  private longest(from: number, p: number, end: number): number | undefined {
    let count = 0;
    while (this.matchesItem(from + count, p, end)) count++;
    for (; count >= 0; count--) {
      const rest = this.match(from + count, end + 1);
      if (rest !== undefined) return rest;
    }
    return undefined;
  }

  private shortest(from: number, p: number, end: number): number | undefined {
    for (let s = from; ; s++) {
      const rest = this.match(s, end + 1);
      if (rest !== undefined) return rest;
      if (!this.matchesItem(s, p, end)) return undefined;
    }
  }

  private open(s: number, p: number, kind: number): number | undefined {
    if (this.starts.length >= MAX_CAPTURES) throw this.run.fault('too many captures');
    this.starts.push(s);
    this.lengths.push(kind);
    const end = this.match(s, p);
    if (end === undefined) {
      this.starts.pop();
      this.lengths.pop();
    }
    return end;
  }

  private close(s: number, p: number): number | undefined {
    const index = this.lengths.lastIndexOf(OPEN);
    if (index < 0) throw this.run.fault('invalid pattern capture');
    this.lengths[index] = s - (this.starts[index] as number);
    const end = this.match(s, p);
    if (end === undefined) this.lengths[index] = OPEN;
    return end;
  }

  /** `%bxy` */
  private balanced(s: number, p: number): number | undefined {
    const { pattern, subject } = this;
    if (p + 1 >= pattern.length) throw this.run.fault('unbalanced pattern');
    const opening = pattern[p];
    const closing = pattern[p + 1];
    if (subject[s] !== opening) return undefined;
    let depth = 1;
    for (let at = s + 1; at < subject.length; at++) {
      this.run.step();
      if (subject[at] === closing) {
        if (--depth === 0) return at + 1;
      } else if (subject[at] === opening) depth++;
    }
    return undefined;
  }

  /** `%f[set]`: between a character outside the set and one inside; both ends of the subject count as `\0`. */
  private frontier(s: number, p: number): number | undefined {
    if (this.pattern[p] !== '[') throw this.run.fault(`missing '[' after '%f' in pattern`);
    const end = this.itemEnd(p);
    const before = s === 0 ? 0 : this.subject.charCodeAt(s - 1);
    const here = s < this.subject.length ? this.subject.charCodeAt(s) : 0;
    return !this.inSet(before, p, end - 1) && this.inSet(here, p, end - 1) ? s : undefined;
  }

  /** `%1` */
  private back(s: number, p: number): number | undefined {
    const captured = this.capture(Number(this.pattern[p]) - 1);
    const text = String(captured);
    this.run.step(text.length);
    return this.subject.startsWith(text, s) ? s + text.length : undefined;
  }

  /** Where the single-character item that starts at `p` ends. */
  private itemEnd(p: number): number {
    const { pattern } = this;
    const character = pattern[p];
    if (character === '%') {
      if (p + 1 >= pattern.length) throw this.run.fault(`malformed pattern (ends with '%')`);
      return p + 2;
    }
    if (character !== '[') return p + 1;
    let at = pattern[p + 1] === '^' ? p + 2 : p + 1;
    do {
      if (at >= pattern.length) throw this.run.fault(`malformed pattern (missing ']')`);
      at += pattern[at] === '%' ? 2 : 1;
    } while (pattern[at] !== ']');
    return at + 1;
  }

  private matchesItem(s: number, p: number, end: number): boolean {
    this.run.step();
    if (s >= this.subject.length) return false;
    const code = this.subject.charCodeAt(s);
    switch (this.pattern[p]) {
      case '.':
        return true;
      case '%':
        return inClass(code, this.pattern[p + 1] as string);
      case '[':
        return this.inSet(code, p, end - 1);
      default:
        return this.pattern.charCodeAt(p) === code;
    }
  }

  /** Whether a character is in `[set]`, whose brackets stand at `p` and `last`. */
  private inSet(code: number, p: number, last: number): boolean {
    const { pattern } = this;
    const negated = pattern[p + 1] === '^';
    let at = negated ? p + 2 : p + 1;
    for (; at < last; at++) {
      this.run.step();
      if (pattern.charCodeAt(at) === PERCENT) {
        at++;
        if (inClass(code, pattern[at] as string)) return !negated;
      } else if (pattern[at + 1] === '-' && at + 2 < last) {
        if (pattern.charCodeAt(at) <= code && code <= pattern.charCodeAt(at + 2)) return !negated;
        at += 2;
      } else if (pattern.charCodeAt(at) === code) return !negated;
    }
    return negated;
  }
}

const isGroupNumber = (character: string | undefined) => character !== undefined && /\d/.test(character);

const between = (first: string, last: string) => {
  const [low, high] = [first.charCodeAt(0), last.charCodeAt(0)];
  return (code: number) => code >= low && code <= high;
};
const isNumeral = between('0', '9');
const isLower = between('a', 'z');
const isUpper = between('A', 'Z');
const isLetter = (code: number) => isLower(code) || isUpper(code);
const isAlphanumeric = (code: number) => isLetter(code) || isNumeral(code);
const isLowerHex = between('a', 'f');
const isUpperHex = between('A', 'F');
const isPrinted = between('!', '~');

/** Character classes of the C locale. */
const CLASSES: ReadonlyMap<string, (code: number) => boolean> = new Map([
  ['a', isLetter],
  ['c', (code) => code < 32 || code === 127],
  ['d', isNumeral],
  ['l', isLower],
  ['p', (code) => isPrinted(code) && !isAlphanumeric(code)],
  ['s', (code) => code === 32 || (code >= 9 && code <= 13)],
  ['u', isUpper],
  ['w', isAlphanumeric],
  ['x', (code) => isNumeral(code) || isLowerHex(code) || isUpperHex(code)],
  ['z', (code) => code === 0],
]);

/** `%a`, `%D` …; any other character after `%` stands for itself. */
function inClass(code: number, name: string): boolean {
  const isMember = CLASSES.get(name.toLowerCase());
  if (!isMember) return name.charCodeAt(0) === code;
  return name === name.toLowerCase() ? isMember(code) : !isMember(code);
}
