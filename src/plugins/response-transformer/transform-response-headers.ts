import type { HeaderList } from '../../pdk/header-list.js';
import { encodedHeaderValue } from '../../transforming/percent-encoding.js';
import type { Rules } from '../../transforming/rules.js';

/**
 * Applies rules to a response's headers. Whether a header is present is asked of the response as it came, so one that was
 * removed or renamed is not put in again by `add` (Kong: response-transformer/header_transformer.lua).
 */
export function transformResponseHeaders(headers: HeaderList, rules: Rules): void {
  const { remove, rename, replace, add, append } = rules;
  const renamed = rename
    .filter(({ name }) => headers.has(name))
    .map((rule) => ({ ...rule, values: headers.getAll(rule.name) }));
  const replaced = replace.filter(({ name }) => headers.has(name));
  const added = add.filter(({ name }) => !headers.has(name));
  for (const name of remove) headers.remove(name);
  for (const { name, value, values } of renamed) {
    headers.setAll(value, values);
    if (name.toLowerCase() !== value.toLowerCase()) headers.remove(name);
  }
  for (const { name, value } of replaced) headers.set(name, encodedHeaderValue(value));
  for (const { name, value } of added) headers.set(name, encodedHeaderValue(value));
  for (const { name, value } of append) headers.append(name, encodedHeaderValue(value));
}
