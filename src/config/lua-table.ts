/**
 * Values as Penlight's `pretty.write` prints them, which is how Kong's messages show tables: `{services={{host="…"}}}`.
 * Nulls in lists are holes.
 */
export function luaTable(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `{${listParts(value).join(',')}}`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${keyText(name)}=${luaTable(member)}`).join(',')}}`;
  }
  return String(value);
}

/** Elements up to the first hole stand alone; those behind it need their index. */
function listParts(list: readonly unknown[]): string[] {
  const hole = list.findIndex((element) => element === null || element === undefined);
  const dense = hole < 0 ? list.length : hole;
  return list.flatMap((element, index) => {
    if (element === null || element === undefined) return [];
    return [index < dense ? luaTable(element) : `[${index + 1}]=${luaTable(element)}`];
  });
}

const keyText = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `[${quoted(name)}]`);

/** Lua's %q, or long brackets for text of several lines. */
function quoted(text: string): string {
  if (text.includes('\n') && !text.includes('\r')) {
    let signs = '';
    while (text.includes(`]${signs}]`)) signs += '=';
    return `[${signs}[${text}]${signs}]`;
  }
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\\n').replaceAll('\r', '\\r')}"`;
}
