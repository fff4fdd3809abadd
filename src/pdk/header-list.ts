/**
 * HTTP headers in wire order, with their case and their repetitions. Names are compared case-insensitively.
 * A flat list rather than a map: what is forwarded is nearly always all of it, and a linear look at twenty names costs
 * less than building a map for every request.
 */
export class HeaderList {
  private readonly names: string[] = [];
  private readonly lowerNames: string[] = [];
  private readonly values: string[] = [];

  /**
   * From the flat `[name, value, name, value …]` form that node:http and undici use. Of HTTP/2's pseudo-headers the authority
   * is what HTTP/1.1 calls Host; the others are no headers. Nor are names with anything but letters, digits, `-` and `_`: Kong's
   * nginx does not see them (ignore_invalid_headers).
   */
  static fromFlat(flat: readonly string[]): HeaderList {
    const list = new HeaderList();
    const isHttp2 = flat[0]?.startsWith(':') === true;
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const name = flat[index] as string;
      if (isHttp2 && name === 'cookie') list.addCookies(flat[index + 1] as string);
      else if (headerName(name).isPlain) list.append(name, flat[index + 1] as string);
      else if (name === ':authority') list.append('host', flat[index + 1] as string);
    }
    return list;
  }

  get size(): number {
    return this.names.length;
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const index = this.lowerNames.indexOf(inLowerCase(name));
    return index < 0 ? undefined : this.values[index];
  }

  getAll(name: string): string[] {
    const lower = inLowerCase(name);
    const found: string[] = [];
    for (let index = 0; index < this.lowerNames.length; index++) {
      if (this.lowerNames[index] === lower) found.push(this.values[index] as string);
    }
    return found;
  }

  has(name: string): boolean {
    return this.lowerNames.includes(inLowerCase(name));
  }

  /** Replaces every value of that name by this one, in the place of the first. */
  set(name: string, value: string): void {
    const lower = inLowerCase(name);
    const first = this.lowerNames.indexOf(lower);
    if (first < 0) {
      this.append(name, value);
      return;
    }
    this.names[first] = name;
    this.values[first] = value;
    this.removeFrom(lower, first + 1);
  }

  /** Replaces every value of that name by these, each a header line of its own. */
  setAll(name: string, values: readonly string[]): void {
    this.remove(name);
    for (const value of values) this.append(name, value);
  }

  append(name: string, value: string): void {
    const known = headerName(name);
    this.names.push(known.written);
    this.lowerNames.push(known.lower);
    this.values.push(value);
  }

  /** HTTP/2 sends each cookie by itself; outside of it they are one header (RFC 9113, 8.2.3). */
  private addCookies(value: string): void {
    const before = this.lowerNames.indexOf(inLowerCase('cookie'));
    if (before < 0) this.append('cookie', value);
    else this.values[before] = `${this.values[before] as string}; ${value}`;
  }

  remove(name: string): void {
    this.removeFrom(inLowerCase(name), 0);
  }

  private removeFrom(lower: string, start: number): void {
    for (let index = this.lowerNames.indexOf(lower, start); index >= 0; index = this.lowerNames.indexOf(lower, index)) {
      this.names.splice(index, 1);
      this.lowerNames.splice(index, 1);
      this.values.splice(index, 1);
    }
  }

  /** Calls `visit` for each header in wire order. */
  forEach(visit: (name: string, value: string, lowerName: string) => void): void {
    for (let index = 0; index < this.names.length; index++) {
      visit(this.names[index] as string, this.values[index] as string, this.lowerNames[index] as string);
    }
  }

  /** The form that node:http and undici write. */
  toFlat(): string[] {
    const flat: string[] = [];
    for (let index = 0; index < this.names.length; index++) {
      flat.push(this.names[index] as string, this.values[index] as string);
    }
    return flat;
  }

  /** Names in lower case; repeated headers become arrays. The form of log records and templates. */
  toObject(): Record<string, string | string[]> {
    const object = new HeadersByName();
    for (let index = 0; index < this.lowerNames.length; index++) {
      const name = this.lowerNames[index] as string;
      const value = this.values[index] as string;
      const before = object[name];
      if (before === undefined) object[name] = value;
      else if (typeof before === 'string') object[name] = [before, value];
      else before.push(value);
    }
    return object;
  }
}

/**
 * An object that inherits no names. They come from strangers: a header called `constructor` or `__proto__` is a header like
 * any other. A class, as what `Object.create(null)` makes is a hash table to the engine, and slow.
 */
class HeadersByName {
  [name: string]: string | string[];
}
Reflect.deleteProperty(HeadersByName.prototype, 'constructor');
Object.setPrototypeOf(HeadersByName.prototype, null);

interface HeaderName {
  readonly written: string;
  readonly lower: string;
  /** Nothing but letters, digits, `-` and `_`. */
  readonly isPlain: boolean;
}

const KNOWN_NAMES = 1000;
const headerNames = new Map<string, HeaderName>();

/**
 * A header's name as it is written and in lower case, each as one and the same string for one and the same name: compared
 * by identity, and known to the engine as a key, where a fresh string would have to be looked up letter by letter wherever
 * it is used, here and in whatever writes it.
 */
function headerName(name: string): HeaderName {
  const known = headerNames.get(name);
  if (known) return known;
  const lower = name.toLowerCase();
  const made = {
    written: name,
    lower: lower === name ? name : headerName(lower).lower,
    isPlain: /^[\w-]+$/.test(name),
  };
  // Strangers can make up names without end; those beyond the bound are made anew each time.
  if (headerNames.size < KNOWN_NAMES && name.length < 64) headerNames.set(name, made);
  return made;
}

const inLowerCase = (name: string): string => headerName(name).lower;
