export type FieldType = 'String' | 'Int' | 'IpAddr';

/** Source: Kong kong/router/fields.lua. */
const FIELDS: Readonly<Record<string, FieldType>> = {
  'net.protocol': 'String',
  'net.src.ip': 'IpAddr',
  'net.src.port': 'Int',
  'net.dst.ip': 'IpAddr',
  'net.dst.port': 'Int',
  'tls.sni': 'String',
  'http.method': 'String',
  'http.host': 'String',
  'http.path': 'String',
  'http.path.segments.len': 'Int',
};

const HEADERS = 'http.headers.';
const QUERIES = 'http.queries.';
const SEGMENTS = 'http.path.segments.';

/** The type of a field of the expression language; `undefined`: there is no such field. */
export function fieldType(field: string): FieldType | undefined {
  if (Object.hasOwn(FIELDS, field)) return FIELDS[field];
  if (headerOf(field) !== undefined || queryOf(field) !== undefined || segmentsOf(field)) return 'String';
  return undefined;
}

/** The header a field stands for, as the expression writes it: lower case, `_` for `-`. */
export const headerOf = (field: string): string | undefined => nameAfter(HEADERS, field);

/** The query argument a field stands for. */
export const queryOf = (field: string): string | undefined => nameAfter(QUERIES, field);

function nameAfter(prefix: string, field: string): string | undefined {
  const name = field.startsWith(prefix) ? field.slice(prefix.length) : '';
  return name === '' || name.includes('.') ? undefined : name;
}

/** The path segments a field stands for, counted from 0: `http.path.segments.1` is one, `….1_3` three joined by `/`. */
export function segmentsOf(field: string): { readonly first: number; readonly last: number } | undefined {
  if (!field.startsWith(SEGMENTS)) return undefined;
  const match = /^(0|[1-9]\d{0,8})(?:_([1-9]\d{0,8}))?$/.exec(field.slice(SEGMENTS.length));
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  return match[2] === undefined || first < last ? { first, last } : undefined;
}
