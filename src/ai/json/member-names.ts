const BACKSLASH = 0x5c;
/** Nobody asks for a name longer than this when written with escapes, and decoding it would only cost. */
const LONGEST_ESCAPED = 128;

/** The names of members that somebody will ask for, recognised in the bytes of a JSON text without making a string of each. */
export class MemberNames {
  private readonly names = new Map<string, string>();
  /** The names by how many bytes they have. */
  private readonly byLength: { readonly name: string; readonly bytes: Buffer }[][] = [];

  constructor(names: Iterable<string>) {
    for (const name of names) {
      if (this.names.has(name)) continue;
      this.names.set(name, name);
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
    return end - start <= LONGEST_ESCAPED && hasEscape(text, start, end) ? this.escapedAt(text, start, end) : undefined;
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
