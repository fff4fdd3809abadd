import { encodedHeaderValue } from '../entities/header-value.js';
import type { HeaderList } from '../pdk/header-list.js';
import type { Rules } from './rules.js';

const isHost = (name: string) => name.length === 4 && name.toLowerCase() === 'host';

/** Headers that have one value by their definition (RFC 9110). Of several that rules give them, the last is sent. */
const SINGLE = new Set([
  'authorization',
  'content-type',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'range',
  'referer',
  'user-agent',
]);

/**
 * Applies rules to a request's headers. Answers with the Host header they ask for: the client's own is never touched,
 * since what goes upstream is a matter of the Service (Kong: request-transformer/access.lua, transform_headers).
 */
export function transformHeaders(headers: HeaderList, rules: Rules): string | undefined {
  let host: string | undefined;
  for (const name of rules.remove) if (!isHost(name)) headers.remove(name);
  for (const { name, value: target } of rules.rename) {
    const values = isHost(name) ? [] : valuesOf(headers, name);
    if (values.length === 0) continue;
    headers.remove(name);
    if (isHost(target)) host = values[0];
    else headers.setAll(target, SINGLE.has(target.toLowerCase()) ? values.slice(-1) : values);
  }
  for (const { name, value } of rules.replace) {
    if (isHost(name)) host = encodedHeaderValue(value);
    else if (isPresent(headers, name)) headers.set(name, encodedHeaderValue(value));
  }
  for (const { name, value } of rules.add) {
    if (!isHost(name) && !isPresent(headers, name)) headers.append(name, encodedHeaderValue(value));
  }
  for (const { name, value } of rules.append) {
    if (isHost(name)) continue;
    if (SINGLE.has(name.toLowerCase())) headers.remove(name);
    else if (!headers.has(name)) headers.setAll(name, valuesOf(headers, name));
    headers.append(name, encodedHeaderValue(value));
  }
  return host;
}

/**
 * What Kong's rules find under a name: its header's values; where there is no such header, those of the one with `-` in
 * the place of each `_` (the table of ngx.req.get_headers).
 */
function valuesOf(headers: HeaderList, name: string): readonly string[] {
  return headers.getAll(headers.has(name) ? name : name.replaceAll('_', '-'));
}

function isPresent(headers: HeaderList, name: string): boolean {
  return headers.has(name) || (name.includes('_') && headers.has(name.replaceAll('_', '-')));
}
