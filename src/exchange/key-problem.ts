import type { PluginScope } from '../pdk/plugin.js';
import type { TargetOptions } from './exchange-options.js';

/**
 * What a target's key was to come from and is not there: an environment variable's name, a vault reference, or the field that
 * was left blank. `undefined`: there is a key, or none is configured. Also tells the operator of a key that looks wrong.
 */
export function missingKeyOf({ config, path }: TargetOptions, scope: PluginScope): string | undefined {
  const field = `${path}auth.header_value`;
  const unresolved = scope.unresolved.find((reference) => reference.path.startsWith(`${path}auth.`));
  if (unresolved) {
    scope.warn(`${unresolved.path} is ${unresolved.reference}, but ${unresolved.missing} is not set`);
    return unresolved.missing;
  }
  const { header_name, header_value } = config.auth ?? {};
  if (header_name == null || header_value == null) return undefined;
  if (/^\s*(bearer)?\s*$/i.test(header_value)) {
    scope.warn(`${field} has no key in it; the variable it was made of is probably not set`);
    return field;
  }
  if (header_name.toLowerCase() === 'authorization' && !/\s/.test(header_value.trim())) {
    scope.warn(`${field} looks like a bare key; an Authorization header needs its scheme as well, such as 'Bearer …'`);
  }
  return undefined;
}
