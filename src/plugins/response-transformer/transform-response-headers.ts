import { encodedHeaderValue } from '../../entities/header-value.js';
import type { HeaderList } from '../../pdk/header-list.js';
import type { Rules } from '../../transforming/rules.js';

/** Headers that have one value by their definition (RFC 9110). Of several that rules give them, the last is sent. */
const SINGLE = new Set(['content-range', 'content-type', 'etag', 'expires', 'last-modified', 'location']);

/**
 * Applies rules to a response's headers. Whether a header is present is asked of the response as it came, so one that was
 * removed or renamed is not put in again by `add` (Kong: response-transformer/header_transformer.lua).
 */
export function transformResponseHeaders(headers: HeaderList, rules: Rules): void {
  const named = <Rule extends { name: string }>(list: readonly Rule[]) =>
    list.map((rule) => ({ ...rule, name: headerNamed(rule.name, headers) }));
  const remove = rules.remove.map((name) => headerNamed(name, headers));
  const renamed = named(rules.rename)
    .filter(({ name }) => headers.has(name))
    .map((rule) => ({ ...rule, value: headerNamed(rule.value, headers), values: headers.getAll(rule.name) }));
  const replaced = named(rules.replace).filter(({ name }) => headers.has(name));
  const added = named(rules.add).filter(({ name }) => !headers.has(name));
  const appended = named(rules.append);
  for (const name of remove) headers.remove(name);
  for (const { name, value, values } of renamed) {
    headers.setAll(value, isSingle(value) ? values.slice(-1) : values);
    if (name.toLowerCase() !== value.toLowerCase()) headers.remove(name);
  }
  for (const { name, value } of replaced) headers.set(name, encodedHeaderValue(value));
  for (const { name, value } of added) headers.set(name, encodedHeaderValue(value));
  for (const { name, value } of appended) {
    if (isSingle(name)) headers.set(name, encodedHeaderValue(value));
    else headers.append(name, encodedHeaderValue(value));
  }
}

const isSingle = (name: string) => SINGLE.has(name.toLowerCase());

/** `x_a` means `x-a`, as wherever nginx is told a response header by Lua; unless the response has one that is called so. */
function headerNamed(name: string, headers: HeaderList): string {
  return !name.includes('_') || headers.has(name) ? name : name.replaceAll('_', '-');
}
