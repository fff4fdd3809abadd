/**
 * Values as Penlight's `pretty.write` prints them, which is how Kong's messages show tables: `{services={{host="…"}}}` on
 * one line, or one member a line with `indent`. Nulls in lists are holes.
 */
export function luaTable(value: unknown, indent = ''): string {
  return written(value, indent, '');
}

function written(value: unknown, indent: string, margin: string): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value as number | boolean | null | undefined);
  const inner = margin + indent;
  const members = Array.isArray(value) ? listMembers(value, indent, inner) : namedMembers(value, indent, inner);
  if (indent === '') return `{${members.join(',')}}`;
  return `{\n${members.map((member) => inner + member).join(',\n')}\n${margin}}`;
}

/** Elements up to the first hole stand alone; those behind it need their index. */
function listMembers(list: readonly unknown[], indent: string, margin: string): string[] {
  const hole = list.findIndex((element) => element === null || element === undefined);
  const dense = hole < 0 ? list.length : hole;
  return list.flatMap((element, index) => {
    if (element === null || element === undefined) return [];
    const text = written(element, indent, margin);
    return [index < dense ? text : `[${index + 1}]${equals(indent)}${text}`];
  });
}

function namedMembers(record: object, indent: string, margin: string): string[] {
  return Object.entries(record)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, member]) => `${keyText(name)}${equals(indent)}${written(member, indent, margin)}`);
}

const equals = (indent: string) => (indent === '' ? '=' : ' = ');

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
