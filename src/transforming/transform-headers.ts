import type { HeaderList } from '../pdk/header-list.js';
import { encodedHeaderValue } from './percent-encoding.js';
import type { Rules, ValueRule } from './rules.js';
import type { TemplateGlobals } from './template-globals.js';

const isHost = (name: string) => name.length === 4 && name.toLowerCase() === 'host';

/**
 * Applies rules to a request's headers. Answers with the Host header they ask for: the client's own is never touched,
 * since what goes upstream is a matter of the Service (Kong: request-transformer/access.lua, transform_headers).
 */
export function transformHeaders(
  headers: HeaderList,
  rules: Rules,
  globals: TemplateGlobals | undefined,
): string | undefined {
  let host: string | undefined;
  for (const name of rules.remove) if (!isHost(name)) headers.remove(name);
  for (const { name, value } of rules.rename) {
    const target = value?.render(globals);
    if (target === undefined || isHost(name) || !headers.has(name)) continue;
    const values = headers.getAll(name);
    headers.remove(name);
    if (isHost(target)) host = values[0];
    else headers.setAll(target, values);
  }
  for (const { name, value } of rules.replace) {
    const text = rendered(value, globals);
    if (text === undefined) continue;
    if (isHost(name)) host = text;
    else if (headers.has(name)) headers.set(name, text);
  }
  for (const { name, value } of rules.add) {
    const text = rendered(value, globals);
    if (text !== undefined && !isHost(name) && !headers.has(name)) headers.append(name, text);
  }
  for (const { name, value } of rules.append) {
    const text = rendered(value, globals);
    if (text !== undefined && !isHost(name)) headers.append(name, text);
  }
  return host;
}

function rendered(value: ValueRule['value'], globals: TemplateGlobals | undefined): string | undefined {
  return value && encodedHeaderValue(value.render(globals));
}
