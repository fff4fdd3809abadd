import type { HeaderList } from '../pdk/header-list.js';
import { encodedHeaderValue } from './percent-encoding.js';
import type { Rules } from './rules.js';

const isHost = (name: string) => name.length === 4 && name.toLowerCase() === 'host';

/**
 * Applies rules to a request's headers. Answers with the Host header they ask for: the client's own is never touched,
 * since what goes upstream is a matter of the Service (Kong: request-transformer/access.lua, transform_headers).
 */
export function transformHeaders(headers: HeaderList, rules: Rules): string | undefined {
  let host: string | undefined;
  for (const name of rules.remove) if (!isHost(name)) headers.remove(name);
  for (const { name, value: target } of rules.rename) {
    if (isHost(name) || !headers.has(name)) continue;
    const values = headers.getAll(name);
    headers.remove(name);
    if (isHost(target)) host = values[0];
    else headers.setAll(target, values);
  }
  for (const { name, value } of rules.replace) {
    if (isHost(name)) host = encodedHeaderValue(value);
    else if (headers.has(name)) headers.set(name, encodedHeaderValue(value));
  }
  for (const { name, value } of rules.add) {
    if (!isHost(name) && !headers.has(name)) headers.append(name, encodedHeaderValue(value));
  }
  for (const { name, value } of rules.append) {
    if (!isHost(name)) headers.append(name, encodedHeaderValue(value));
  }
  return host;
}
