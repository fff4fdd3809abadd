import type { Arguments } from './arguments.js';
import type { Rules } from './rules.js';
import type { TemplateGlobals } from './template-globals.js';

/** Applies rules to the arguments of a query string or of a urlencoded body. */
export function transformArguments(args: Arguments, rules: Rules, globals: TemplateGlobals | undefined): void {
  for (const name of rules.remove) args.remove(name);
  for (const { name, value } of rules.rename) {
    if (value !== undefined) args.rename(name, value.render(globals));
  }
  for (const { name, value } of rules.replace) {
    const text = value?.render(globals);
    if (text !== undefined && args.has(name)) args.set(name, text);
  }
  for (const { name, value } of rules.add) {
    const text = value?.render(globals);
    if (text !== undefined && !args.has(name)) args.set(name, text);
  }
  for (const { name, value } of rules.append) {
    const text = value?.render(globals);
    if (text !== undefined) args.append(name, text);
  }
}
