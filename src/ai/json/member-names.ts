const BACKSLASH = 0x5c;
/** Bytes of the longest way to write a character: `\u0065`. */
const ESCAPE = 6;

/** The names of members that somebody will ask for, recognised in the bytes of a JSON text without making a string of each. */
export class MemberNames {
  private readonly names = new Map<string, string>();
  /** The names by how many bytes they have. */
  private readonly byLength: { readonly name: string; readonly bytes: Buffer }[][] = [];
  /** The most bytes one of the names can take; what is longer need not be decoded. */
  private longest = 0;

  constructor(names: Iterable<string>) {
    for (const name of names) {
      if (this.names.has(name)) continue;
      this.names.set(name, name);
      this.longest = Math.max(this.longest, name.length * ESCAPE);
      const bytes = Buffer.from(name);
      const alike = this.byLength[bytes.length] ?? [];
      alike.push({ name, bytes });
      this.byLength[bytes.length] = alike;
    }
  }

  /** The name written between these positions, if it is one of them; with escapes too, as `"mod\u0065l"` names the model. */
  at(text: Buffer, start: number, end: number): string | undefined {
    const alike = this.byLength[end - start];
    if (alike) {
      for (const { name, bytes } of alike) if (spells(text, start, bytes)) return name;
    }
    return end - start <= this.longest && hasEscape(text, start, end) ? this.escapedAt(text, start, end) : undefined;
  }

  private escapedAt(text: Buffer, start: number, end: number): string | undefined {
    try {
      return this.names.get(JSON.parse(text.toString('utf8', start - 1, end + 1)) as string);
    } catch {
      return undefined;
    }
  }
}

function spells(text: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index++) if (text[start + index] !== name[index]) return false;
  return true;
}

function hasEscape(text: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text[at] === BACKSLASH) return true;
  return false;
}
