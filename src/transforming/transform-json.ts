import type { JsonObject } from './json-object.js';
import type { JsonNames } from './json-place.js';
import { appendedJson, typedJson } from './json-value.js';
import type { Rules, ValueRule } from './rules.js';
import type { TemplateGlobals } from './template-globals.js';

/** How the names of rules are read, and where plugins differ. */
export interface JsonReading {
  readonly names: JsonNames;
  /** Whether `rename` moves a member whose value is `false`. */
  readonly renamesFalse: boolean;
}

/** To a rule, `false` is as good as absent; `null` is there (Kong: the truth of a Lua value). */
const isPresent = (value: string | undefined) => value !== undefined && value !== 'false';

/** Applies rules to a JSON object. */
export function transformJson(
  object: JsonObject,
  rules: Rules,
  globals: TemplateGlobals | undefined,
  { names, renamesFalse }: JsonReading,
): void {
  const jsonOf = ({ value, type }: ValueRule) => value && typedJson(value.render(globals), type);
  for (const name of rules.remove) names.visit(object, name, (place) => place.value !== undefined && place.drop());
  for (const { name, value } of rules.rename) {
    const target = value?.render(globals);
    if (target !== undefined) names.rename(object, name, target, (old) => renamesFalse || old !== 'false');
  }
  for (const rule of rules.replace) {
    const value = jsonOf(rule);
    if (value !== undefined) names.visit(object, rule.name, (place) => isPresent(place.value) && place.put(value));
  }
  for (const rule of rules.add) {
    const value = jsonOf(rule);
    if (value !== undefined) names.visit(object, rule.name, (place) => !isPresent(place.value) && place.put(value));
  }
  for (const rule of rules.append) {
    const value = jsonOf(rule);
    if (value !== undefined) names.visit(object, rule.name, (place) => place.put(appendedJson(place.value, value)));
  }
}
