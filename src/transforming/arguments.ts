import { decodedComponent, encodedComponent } from './percent-encoding.js';

/** `true`: the name stood alone, without `=`. */
export type ArgumentValue = string | true;

interface Argument {
  readonly name: string;
  readonly value: ArgumentValue;
}

/** More than any form has; each costs far more memory than the two bytes it can be written with. */
const MOST_ARGUMENTS = 100_000;

/**
 * The arguments of a query string or of a urlencoded body, in order. Names and values are decoded to bytes, and encoded
 * anew when they are written: the one way in which Kong spells them.
 */
export class Arguments {
  private list: Argument[] = [];
  private dirty = false;

  /** Pieces with an empty name are dropped, as nginx does. `undefined`: more than 100,000 pieces. */
  static parse(text: string): Arguments | undefined {
    const parsed = new Arguments();
    for (let from = 0; from <= text.length; ) {
      const next = text.indexOf('&', from);
      const to = next < 0 ? text.length : next;
      if (to > from && !parsed.add(text.slice(from, to))) return undefined;
      from = to + 1;
    }
    return parsed;
  }

  private add(raw: string): boolean {
    const equals = raw.indexOf('=');
    const name = decodedComponent(equals < 0 ? raw : raw.slice(0, equals));
    if (name !== '') this.list.push({ name, value: equals < 0 || decodedComponent(raw.slice(equals + 1)) });
    return this.list.length <= MOST_ARGUMENTS;
  }

  /** Whether anything differs from what was parsed. */
  get isChanged(): boolean {
    return this.dirty;
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  has(name: string): boolean {
    return this.list.some((argument) => argument.name === name);
  }

  get names(): Set<string> {
    return new Set(this.list.map(({ name }) => name));
  }

  values(name: string): ArgumentValue[] {
    return this.list.filter((argument) => argument.name === name).map(({ value }) => value);
  }

  remove(name: string): void {
    this.keep((argument) => argument.name !== name);
  }

  keepOnly(names: ReadonlySet<string>): void {
    this.keep(({ name }) => names.has(name));
  }

  private keep(stays: (argument: Argument) => boolean): void {
    const kept = this.list.filter(stays);
    if (kept.length === this.list.length) return;
    this.list = kept;
    this.dirty = true;
  }

  /** Moves all values to the new name, in the place of what had that name. Nothing happens when the old one is absent. */
  rename(from: string, to: string): void {
    if (from === to || !this.has(from)) return;
    this.list = this.list
      .filter(({ name }) => name !== to)
      .map((argument) => (argument.name === from ? { name: to, value: argument.value } : argument));
    this.dirty = true;
  }

  /** One value in the place of all that had the name; at the end when none had. */
  set(name: string, value: ArgumentValue): void {
    const fresh: Argument = { name, value };
    const first = this.list.findIndex((argument) => argument.name === name);
    if (first < 0) this.list.push(fresh);
    else this.list = this.list.flatMap((old, at) => (old.name !== name ? [old] : at === first ? [fresh] : []));
    this.dirty = true;
  }

  /** A further value. A name that stood alone has no value to keep beside it, so it gets this one. */
  append(name: string, value: ArgumentValue): void {
    const last = this.list.findLastIndex((argument) => argument.name === name);
    const only = this.list[last];
    if (only?.value === true && this.values(name).length === 1) this.set(name, value);
    else this.list.splice(last < 0 ? this.list.length : last + 1, 0, { name, value });
    this.dirty = true;
  }

  /** Every value of the other's too, after the ones that are here. */
  merge(other: Arguments): void {
    this.list = this.list.concat(other.list);
    this.dirty = true;
  }

  toBuffer(): Buffer {
    return Buffer.from(this.toString(), 'latin1');
  }

  /** In order. */
  toString(): string {
    return this.list.map(({ name, value }) => spelled(name, value)).join('&');
  }

  /** Sorted by name, values of a name in order: how Kong writes a query string that a plugin has set. */
  toQuery(): string {
    const byName = new Map<string, string>();
    for (const { name, value } of this.list) {
      const before = byName.get(name);
      byName.set(name, before === undefined ? spelled(name, value) : `${before}&${spelled(name, value)}`);
    }
    // Plain comparison of ASCII texts, so that the order does not depend on a locale.
    return [...byName.values()].sort((a, b) => (a < b ? -1 : 1)).join('&');
  }
}

function spelled(name: string, value: ArgumentValue): string {
  return value === true ? encodedComponent(name) : `${encodedComponent(name)}=${encodedComponent(value)}`;
}
