import type { Arguments } from './arguments.js';
import type { Rules } from './rules.js';

/** Applies rules to the arguments of a query string or of a urlencoded body. */
export function transformArguments(args: Arguments, rules: Rules): void {
  for (const name of rules.remove) args.remove(name);
  for (const { name, value } of rules.rename) args.rename(name, value);
  for (const { name, value } of rules.replace) if (args.has(name)) args.set(name, value);
  for (const { name, value } of rules.add) if (!args.has(name)) args.set(name, value);
  for (const { name, value } of rules.append) args.append(name, value);
}
