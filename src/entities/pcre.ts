import { type CharSet, complement, onlyCharacter } from './char-set.js';
import { type PcreNode, PcreParser, PcreProblem } from './pcre-parser.js';

/**
 * A PCRE pattern in JavaScript. Its sources need no flags and stay inside what V8's linear engine can take over
 * (`--enable-experimental-regexp-engine-on-excessive-backtracks`: no look-ahead, no back-reference, no flag `i` or `u`,
 * nothing repeated more than 16 times), so that no request can make a match take exponential time.
 */
export interface JavaScriptPattern {
  readonly source: string;
  /** What the pattern captures, in its own counting: position 1 is at index 0. */
  readonly captures: readonly Capture[];
  /** Conditions on the same subject, out of look-aheads at a fixed place. */
  readonly guards: readonly Guard[];
  /** Every match begins with this text. Known for anchored patterns only, else `''`. */
  readonly literalPrefix: string;
}

export interface Capture {
  readonly name: string | undefined;
  /**
   * The JavaScript groups it may be in. A group inside something repeated often was written out several times; the last
   * one that took part holds the value.
   */
  readonly groups: readonly number[];
}

export interface Guard {
  readonly source: string;
  /** Whether the subject must not match it. */
  readonly negative: boolean;
}

export interface Untranslatable {
  /** For the reader of a configuration: PCRE's error, or what of PCRE is not supported. */
  readonly problem: string;
}

/**
 * Translates a pattern of a Route. `anchored`: it must match at the start of the subject, as regex paths do; else it may
 * match anywhere. `'first'`: as if `^` stood before the pattern, so that of `/a|/b` only the first branch must match at the
 * start. `unicode`: `\d`, `\s` and `\w` mean characters of all scripts. Subjects are text, not bytes: `.` is a character.
 * Differences to PCRE: `$` and `\Z` match at the very end only, possessive quantifiers give back, a look-ahead is allowed
 * only where everything before it has a fixed length.
 */
export function translatePcre(
  pattern: string,
  { anchored, unicode }: { readonly anchored: boolean | 'first'; readonly unicode?: boolean },
): JavaScriptPattern | Untranslatable {
  try {
    const { root, names } = PcreParser.parse(pattern, unicode);
    if (!anchored) {
      const writer = new PcreWriter();
      return { source: writer.write(root, 1), captures: writer.captures(names), guards: [], literalPrefix: '' };
    }
    const { items, guards } = withoutLookAheads(root);
    const writer = new PcreWriter();
    const [first] = items;
    const source =
      anchored === 'first' && items.length === 1 && first?.kind === 'choice'
        ? `^${first.branches.map((branch) => `(?:${writer.write(branch, 1)})`).join('|')}`
        : `^(?:${writer.writeAll(items, 1)})`;
    return { source, captures: writer.captures(names), guards, literalPrefix: literalPrefix(items) };
  } catch (error) {
    if (error instanceof PcreProblem) return { problem: error.message };
    throw error;
  }
}

/** V8's linear engine writes repetitions out and gives up where that multiplies to more. */
const MOST_COPIES = 16;
/** Bounds what a pattern may grow to when repetitions beyond that are written out here. */
const MOST_NODES = 20_000;

class PcreWriter {
  private written = 0;
  private groups = 0;
  private readonly groupsOf = new Map<number, number[]>();

  captures(names: readonly (string | undefined)[]): Capture[] {
    return names.map((name, index) => ({ name, groups: this.groupsOf.get(index + 1) ?? [] }));
  }

  writeAll(items: readonly PcreNode[], copies: number): string {
    return items.map((item) => this.write(item, copies)).join('');
  }

  /** `copies`: how many of this node the engine will write out for the repetitions around it. */
  write(node: PcreNode, copies: number): string {
    if (++this.written > MOST_NODES)
      throw new PcreProblem('it repeats too much, often inside of what is repeated itself');
    switch (node.kind) {
      case 'set':
        return setText(node.set);
      case 'assertion':
        return node.text;
      case 'sequence':
        return this.writeAll(node.items, copies);
      case 'choice':
        return node.branches.map((branch) => this.write(branch, copies)).join('|');
      case 'group':
        return this.group(node.capture, node.body, copies);
      case 'look':
        return this.lookBehind(node, copies);
      case 'repeat':
        return this.repeat(node, copies);
    }
  }

  private group(capture: number | undefined, body: PcreNode, copies: number): string {
    if (capture === undefined) return `(?:${this.write(body, copies)})`;
    const groups = this.groupsOf.get(capture);
    this.groups += 1;
    if (groups) groups.push(this.groups);
    else this.groupsOf.set(capture, [this.groups]);
    return `(${this.write(body, copies)})`;
  }

  private lookBehind({ behind, negative, body }: PcreNode & { kind: 'look' }, copies: number): string {
    if (!behind) throw new PcreProblem('look-ahead is supported only in regex paths, after a part of fixed length');
    if (hasCapture(body)) throw new PcreProblem('capturing inside a look-behind is not supported');
    return `(?<${negative ? '!' : '='}${this.write(body, copies)})`;
  }

  private repeat({ item, min, max, lazy }: PcreNode & { kind: 'repeat' }, copies: number): string {
    // Where the engine needs a last round that may be empty, it writes out one more.
    const times = Math.max(max !== Infinity ? max : min > 0 && mayBeEmpty(item) ? min + 1 : min, 1);
    const mark = lazy ? '?' : '';
    if (copies * times <= MOST_COPIES) return `${this.unit(item, copies * times)}${quantifier(min, max)}${mark}`;
    let text = '';
    for (let copy = 0; copy < min; copy++) text += this.unit(item, copies);
    if (max === Infinity) return `${text}${this.unit(item, copies)}*${mark}`;
    const optional: string[] = [];
    for (let copy = min; copy < max; copy++) optional.push(this.unit(item, copies));
    return text + optional.reduceRight((rest, copy) => `(?:${copy}${rest})?${mark}`, '');
  }

  /** Something a quantifier can stand behind. */
  private unit(item: PcreNode, copies: number): string {
    const text = this.write(item, copies);
    return item.kind === 'set' || item.kind === 'group' ? text : `(?:${text})`;
  }
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function setText(set: CharSet): string {
  const only = onlyCharacter(set);
  if (only !== undefined) return /[\w/-]/.test(only) ? only : unitEscape(only.charCodeAt(0));
  const outside = complement(set);
  if (outside.length === 0) return '[^]';
  return outside.length < set.length ? `[^${rangesText(outside)}]` : `[${rangesText(set)}]`;
}

const rangesText = (set: CharSet): string =>
  set.map(([first, last]) => `${unitText(first)}${first === last ? '' : `-${unitText(last)}`}`).join('');

const unitText = (code: number): string => {
  const character = String.fromCharCode(code);
  return /[\w/]/.test(character) ? character : unitEscape(code);
};
const unitEscape = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;

/**
 * A look-ahead behind a part of fixed length looks from a known place, so it says the same as a second pattern on the same
 * subject: `/(?!admin)\w+` is `/\w+` and not `/admin`. The linear engine has no look-ahead, but can run both.
 */
function withoutLookAheads(root: PcreNode): { items: readonly PcreNode[]; guards: readonly Guard[] } {
  const items: PcreNode[] = [];
  const guards: Guard[] = [];
  for (const item of root.kind === 'sequence' ? root.items : [root]) {
    if (item.kind !== 'look' || item.behind || hasCapture(item.body) || items.some((one) => width(one) === undefined)) {
      items.push(item);
      continue;
    }
    const writer = new PcreWriter();
    const source = `^(?:${writer.writeAll(items, 1)}(?:${writer.write(item.body, 1)}))`;
    guards.push({ source, negative: item.negative });
  }
  return { items, guards };
}

/** How many characters a node takes, where that is the same for every match. */
function width(node: PcreNode): number | undefined {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'assertion':
    case 'look':
      return 0;
    case 'group':
      return width(node.body);
    case 'choice': {
      const widths = new Set(node.branches.map(width));
      return widths.size === 1 ? [...widths][0] : undefined;
    }
    case 'sequence': {
      let sum = 0;
      for (const item of node.items) {
        const one = width(item);
        if (one === undefined) return undefined;
        sum += one;
      }
      return sum;
    }
    case 'repeat': {
      const one = width(node.item);
      return one === undefined || node.min !== node.max ? undefined : one * node.min;
    }
  }
}

function mayBeEmpty(node: PcreNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'assertion':
    case 'look':
      return true;
    case 'group':
      return mayBeEmpty(node.body);
    case 'choice':
      return node.branches.some(mayBeEmpty);
    case 'sequence':
      return node.items.every(mayBeEmpty);
    case 'repeat':
      return node.min === 0 || mayBeEmpty(node.item);
  }
}

function hasCapture(node: PcreNode): boolean {
  switch (node.kind) {
    case 'set':
    case 'assertion':
      return false;
    case 'group':
      return node.capture !== undefined || hasCapture(node.body);
    case 'look':
      return hasCapture(node.body);
    case 'choice':
      return node.branches.some(hasCapture);
    case 'sequence':
      return node.items.some(hasCapture);
    case 'repeat':
      return hasCapture(node.item);
  }
}

function literalPrefix(items: readonly PcreNode[]): string {
  let prefix = '';
  for (const item of items) {
    const text = literalText(item);
    if (text === undefined) break;
    prefix += text;
  }
  return prefix;
}

function literalText(node: PcreNode): string | undefined {
  switch (node.kind) {
    case 'set':
      return onlyCharacter(node.set);
    case 'assertion':
      return '';
    case 'group':
      return literalText(node.body);
    case 'sequence': {
      const texts = node.items.map(literalText);
      return texts.includes(undefined) ? undefined : texts.join('');
    }
    case 'look':
    case 'choice':
    case 'repeat':
      return undefined;
  }
}
