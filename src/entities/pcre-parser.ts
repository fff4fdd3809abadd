import {
  ALL,
  type CharRange,
  type CharSet,
  complement,
  DIGIT,
  HORIZONTAL,
  inEitherCase,
  NOT_NEWLINE,
  onlyCharacter,
  POSIX,
  SPACE,
  single,
  unicodeClasses,
  unicodeProperty,
  union,
  VERTICAL,
  WORD,
} from './char-set.js';

/** A regular expression as PCRE reads it. Option letters (`(?i)`, `(?s)`, `(?x)`, `(?U)`) are already worked in. */
export type PcreNode =
  /** One character. */
  | { readonly kind: 'set'; readonly set: CharSet }
  /** Takes no characters; the text is the same in JavaScript. */
  | { readonly kind: 'assertion'; readonly text: '^' | '$' | '\\b' | '\\B' }
  /** `capture`: position from 1; `undefined`: not captured. */
  | { readonly kind: 'group'; readonly capture: number | undefined; readonly body: PcreNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly body: PcreNode }
  | { readonly kind: 'choice'; readonly branches: readonly PcreNode[] }
  | { readonly kind: 'sequence'; readonly items: readonly PcreNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: PcreNode;
      readonly min: number;
      /** `Infinity`: no upper bound. */
      readonly max: number;
      readonly lazy: boolean;
    };

export interface ParsedPcre {
  readonly root: PcreNode;
  /** The name of each capturing group, from position 1 at index 0. */
  readonly names: readonly (string | undefined)[];
}

/** Why a pattern cannot be used: it is not one, or it asks for what we cannot match in bounded time. */
export class PcreProblem extends Error {}

interface Options {
  readonly anyCase: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  readonly ungreedy: boolean;
}

/** PCRE's own bound on nested parentheses. */
const DEEPEST = 250;
const REPEATED_MOST = 65535;

/** Reads PCRE syntax. Messages about broken patterns are PCRE2's own, in the frame of Kong's `ngx.re`. */
export class PcreParser {
  private at = 0;
  private depth = 0;
  private options: Options = { anyCase: false, dotAll: false, extended: false, ungreedy: false };
  private readonly names: (string | undefined)[] = [];

  private constructor(
    private readonly pattern: string,
    private readonly unicode: boolean,
  ) {}

  /** `unicode`: `\d`, `\s` and `\w` mean characters of all scripts. Throws a `PcreProblem`. */
  static parse(pattern: string, unicode = false): ParsedPcre {
    const parser = new PcreParser(pattern, unicode);
    const root = parser.choice();
    if (parser.at < pattern.length) parser.invalid('unmatched closing parenthesis');
    return { root, names: parser.names };
  }

  private choice(): PcreNode {
    if (++this.depth > DEEPEST) this.invalid('parentheses are too deeply nested');
    const before = this.options;
    const branches = [this.sequence()];
    while (this.took('|')) branches.push(this.sequence());
    this.options = before;
    this.depth -= 1;
    return branches.length === 1 ? (branches[0] as PcreNode) : { kind: 'choice', branches };
  }

  private sequence(): PcreNode {
    const items: PcreNode[] = [];
    for (;;) {
      this.skipBlank();
      const next = this.pattern[this.at];
      if (next === undefined || next === '|' || next === ')') break;
      if (this.quantifier()) this.invalid('quantifier does not follow a repeatable item');
      const item = this.item();
      if (item) items.push(this.repeated(item));
    }
    return items.length === 1 ? (items[0] as PcreNode) : { kind: 'sequence', items };
  }

  private skipBlank(): void {
    if (!this.options.extended) return;
    const blank = /(?:[\t-\r ]|#[^\n]*)+/y;
    blank.lastIndex = this.at;
    this.at += blank.exec(this.pattern)?.[0].length ?? 0;
  }

  private repeated(item: PcreNode): PcreNode {
    this.skipBlank();
    const bounds = this.quantifier();
    if (!bounds) return item;
    // Possessive: taken as greedy. The linear engine has no way to forbid giving back, and what it gives back costs nothing.
    const lazy = this.took('+') ? false : this.took('?') !== this.options.ungreedy;
    return { kind: 'repeat', item, ...bounds, lazy };
  }

  /** Takes `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`; any other `{` is an ordinary character. */
  private quantifier(): { min: number; max: number } | undefined {
    const form = /[*+?]|\{(\d+)(,?)(\d*)\}/y;
    form.lastIndex = this.at;
    const match = form.exec(this.pattern);
    if (!match) return undefined;
    const [text, least, comma, most] = match;
    if (least !== undefined && comma === '' && most !== '') return undefined;
    this.at += text.length;
    if (text === '*') return { min: 0, max: Infinity };
    if (text === '+') return { min: 1, max: Infinity };
    if (text === '?') return { min: 0, max: 1 };
    const min = Number(least);
    const max = most ? Number(most) : comma ? Infinity : min;
    if (min > REPEATED_MOST || (max !== Infinity && max > REPEATED_MOST))
      this.invalid('number too big in {} quantifier');
    if (max < min) this.invalid('numbers out of order in {} quantifier');
    return { min, max };
  }

  /** `undefined`: something that stands for nothing, like a comment or an option setting. */
  private item(): PcreNode | undefined {
    const character = this.takeCharacter();
    switch (character) {
      case '(':
        return this.parenthesis();
      case '[':
        return this.inCase(this.characterClass());
      case '.':
        return { kind: 'set', set: this.options.dotAll ? ALL : NOT_NEWLINE };
      case '^':
      case '$':
        return { kind: 'assertion', text: character };
      case '\\':
        return this.escape();
      default:
        return this.literal(character);
    }
  }

  private literal(character: string): PcreNode {
    const units = [...Array(character.length).keys()].map((index) => this.inCase(single(character.charCodeAt(index))));
    if (units.length === 1) return units[0] as PcreNode;
    return { kind: 'group', capture: undefined, body: { kind: 'sequence', items: units } };
  }

  private inCase(set: CharSet): PcreNode {
    return { kind: 'set', set: this.options.anyCase ? inEitherCase(set) : set };
  }

  private parenthesis(): PcreNode | undefined {
    if (this.took('*')) this.refuse('verbs such as (*ACCEPT) are');
    if (!this.took('?')) return this.capturingGroup(undefined);
    const name = this.groupName();
    if (name !== undefined) return this.capturingGroup(name);
    for (const [opening, behind, negative] of LOOKS) {
      if (this.took(opening)) return { kind: 'look', behind, negative, body: this.body() };
    }
    if (this.took('#')) {
      const end = this.pattern.indexOf(')', this.at);
      if (end < 0) this.invalid('missing ) after (?# comment', this.pattern.length);
      this.at = end + 1;
      return undefined;
    }
    if (this.took(':')) return { kind: 'group', capture: undefined, body: this.body() };
    for (const [opening, what] of NOT_KEPT) if (opening.test(this.pattern.slice(this.at))) this.refuse(`${what} are`);
    return this.optionSetting();
  }

  private body(): PcreNode {
    const body = this.choice();
    if (!this.took(')')) this.invalid('missing closing parenthesis');
    return body;
  }

  private capturingGroup(name: string | undefined): PcreNode {
    if (name !== undefined && this.names.includes(name)) {
      this.invalid('two named subpatterns have the same name (PCRE2_DUPNAMES not set)');
    }
    this.names.push(name);
    const capture = this.names.length;
    return { kind: 'group', capture, body: this.body() };
  }

  /** Takes `<name>`, `P<name>` or `'name'`. */
  private groupName(): string | undefined {
    const opening = /P?<(?![=!])|'/y;
    opening.lastIndex = this.at;
    const open = opening.exec(this.pattern)?.[0];
    if (open === undefined) return undefined;
    this.at += open.length;
    const name = /^\w*/.exec(this.pattern.slice(this.at))?.[0] as string;
    if (name === '') this.invalid('subpattern name expected');
    if (/^\d/.test(name)) this.invalid('subpattern name must start with a non-digit');
    this.at += name.length;
    if (!this.took(open === "'" ? "'" : '>')) this.invalid('syntax error in subpattern name (missing terminator?)');
    return name;
  }

  /** `(?i)` sets options to the end of the group around it, `(?i:…)` for a group of its own. */
  private optionSetting(): PcreNode | undefined {
    const before = this.options;
    let value = true;
    for (;;) {
      const letter = this.takeCharacter('missing closing parenthesis');
      if (letter === '-') value = false;
      else if (letter === 'i') this.options = { ...this.options, anyCase: value };
      else if (letter === 's') this.options = { ...this.options, dotAll: value };
      else if (letter === 'x') this.options = { ...this.options, extended: value };
      else if (letter === 'U') this.options = { ...this.options, ungreedy: value };
      else if (letter === ')') return undefined;
      else if (letter === ':') break;
      else if (/[mnJ^]/.test(letter)) this.refuse(`the option (?${letter}) is`);
      else this.invalid('unrecognized character after (? or (?-');
    }
    const body = this.body();
    this.options = before;
    return { kind: 'group', capture: undefined, body };
  }

  private escape(): PcreNode | undefined {
    const letter = this.takeCharacter('\\ at end of pattern');
    switch (letter) {
      case 'Q': {
        const end = this.pattern.indexOf('\\E', this.at);
        const quoted = this.pattern.slice(this.at, end < 0 ? undefined : end);
        this.at += quoted.length + (end < 0 ? 0 : 2);
        const items = Array.from(quoted, (character) => this.literal(character));
        return { kind: 'group', capture: undefined, body: { kind: 'sequence', items } };
      }
      case 'E':
        return undefined;
      case 'A':
        return { kind: 'assertion', text: '^' };
      case 'z':
      case 'Z':
        return { kind: 'assertion', text: '$' };
      case 'b':
      case 'B':
        return { kind: 'assertion', text: `\\${letter}` };
      case 'R':
        return { kind: 'group', capture: undefined, body: { kind: 'choice', branches: [CRLF, LINE_BREAK] } };
      case 'N':
        return { kind: 'set', set: NOT_NEWLINE };
      default:
        return this.inCase(this.escapedSet(letter));
    }
  }

  /** What follows a backslash, inside and outside of classes. */
  private escapedSet(letter: string): CharSet {
    const named = this.classNamed(letter.toLowerCase());
    if (named) return letter === letter.toLowerCase() ? named : complement(named);
    if (letter === 'p' || letter === 'P') return this.property(letter === 'P');
    const control = CONTROLS[letter];
    if (control !== undefined) return single(control);
    const code = this.code(letter);
    if (code !== undefined) return single(code);
    if (/[1-9gk]/.test(letter)) this.refuse('back-references are');
    if (/[GKXC]/.test(letter)) this.refuse(`\\${letter} is`);
    if (/[A-Za-z]/.test(letter)) this.invalid('unrecognized character follows \\');
    if (letter.length > 1) this.refuse('an escaped character beyond U+FFFF is');
    return single(letter.charCodeAt(0));
  }

  /** `\xHH`, `\x{H…}`, `\0oo`, `\o{o…}`, `\cX`. */
  private code(letter: string): number | undefined {
    const numeral = NUMERALS[letter];
    if (!numeral) return undefined;
    const match = numeral.form.exec(this.pattern.slice(this.at));
    if (!match) return this.invalid(numeral.problem);
    this.at += match[0].length;
    if (letter === 'c') return match[0].toUpperCase().charCodeAt(0) ^ 0x40;
    const code = Number.parseInt(match[1] || match[2] || '0', numeral.base);
    if (code > 0xffff) this.refuse('a character beyond U+FFFF is');
    return code;
  }

  private property(negative: boolean): CharSet {
    const match = /^(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(this.pattern.slice(this.at));
    if (!match) return this.invalid('malformed \\P or \\p sequence');
    this.at += match[0].length;
    const set = unicodeProperty((match[2] ?? match[3]) as string);
    if (!set) return this.invalid('unknown property after \\P or \\p');
    return negative !== (match[1] === '^') ? complement(set) : set;
  }

  private characterClass(): CharSet {
    const negative = this.took('^');
    const members: CharRange[] = [];
    for (let first = true; ; first = false) {
      if (!first && this.took(']')) break;
      const low = this.classMember();
      const isRange = this.pattern[this.at] === '-' && this.pattern[this.at + 1] !== ']';
      const start = onlyCharacter(low);
      if (!isRange || start === undefined) {
        members.push(...low);
        continue;
      }
      this.at += 1;
      const high = this.classMember();
      const end = onlyCharacter(high);
      if (end === undefined) members.push(...low, ...single(0x2d), ...high);
      else if (end < start) this.invalid('range out of order in character class');
      else members.push([start.charCodeAt(0), end.charCodeAt(0)]);
    }
    const set = this.options.anyCase ? inEitherCase(union(members)) : union(members);
    return negative ? complement(set) : set;
  }

  private classMember(): CharSet {
    const posix = /^\[:(\^?)(\w+):\]/.exec(this.pattern.slice(this.at));
    if (posix) {
      const set = POSIX.get(posix[2] as string);
      if (!set) return this.invalid('unknown POSIX class name');
      this.at += posix[0].length;
      return posix[1] ? complement(set) : set;
    }
    const character = this.takeCharacter('missing terminating ] for character class');
    if (character.length > 1) this.refuse('a character beyond U+FFFF in a class is');
    if (character !== '\\') return single(character.charCodeAt(0));
    const letter = this.takeCharacter('\\ at end of pattern');
    if (letter === 'b') return single(8);
    if (/[QE]/.test(letter)) this.refuse(`\\${letter} in a class is`);
    return this.escapedSet(letter);
  }

  private classNamed(letter: string): CharSet | undefined {
    if (this.unicode && (letter === 'd' || letter === 's' || letter === 'w')) return unicodeClasses[letter]();
    return CLASSES[letter];
  }

  private took(text: string): boolean {
    if (!this.pattern.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private takeCharacter(problemAtEnd = ''): string {
    const code = this.pattern.codePointAt(this.at);
    if (code === undefined) return this.invalid(problemAtEnd);
    const character = String.fromCodePoint(code);
    this.at += character.length;
    return character;
  }

  /** Kong's frame around PCRE's text names where the pattern breaks, unless that is at its end. */
  private invalid(text: string, at = this.at): never {
    const rest = this.pattern.slice(at);
    const place = rest === '' ? '' : ` at "${rest}"`;
    throw new PcreProblem(`PCRE returned: pcre2_compile() failed: ${text} in "${this.pattern}"${place}`);
  }

  private refuse(what: string): never {
    throw new PcreProblem(`${what} not supported`);
  }
}

const CRLF: PcreNode = {
  kind: 'sequence',
  items: [
    { kind: 'set', set: single(13) },
    { kind: 'set', set: single(10) },
  ],
};
const LINE_BREAK: PcreNode = { kind: 'set', set: VERTICAL };

const LOOKS = [
  ['=', false, false],
  ['!', false, true],
  ['<=', true, false],
  ['<!', true, true],
] as const;

const NOT_KEPT = [
  [/^>/, 'atomic groups'],
  [/^\|/, 'branch reset groups'],
  [/^\(/, 'conditional groups'],
  [/^P=/, 'back-references'],
  [/^(?:R|&|P>|[+-]?\d)/, 'recursive patterns'],
  [/^C/, 'callouts'],
] as const;

const CLASSES: Readonly<Record<string, CharSet>> = { d: DIGIT, w: WORD, s: SPACE, h: HORIZONTAL, v: VERTICAL };
const CONTROLS: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 };
const NUMERALS: Readonly<Record<string, { form: RegExp; base: number; problem: string }>> = {
  x: { form: /^(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{0,2}))/, base: 16, problem: '' },
  0: { form: /^([0-7]{0,2})/, base: 8, problem: '' },
  o: { form: /^\{([0-7]{1,11})\}/, base: 8, problem: 'missing opening brace after \\o' },
  c: { form: /^[ -~]/, base: 10, problem: '\\c must be followed by a printable ASCII character' },
};
