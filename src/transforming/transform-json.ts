import type { JsonObject } from './json-object.js';
import type { JsonNames } from './json-place.js';
import { appendedJson, typedJson } from './json-value.js';
import type { Rules } from './rules.js';

/** Where plugins differ in how they read rules. */
export interface JsonReading {
  readonly names: JsonNames;
  /** Whether `rename` moves a member whose value is `false`. */
  readonly renamesFalse: boolean;
}

/** To a rule, `false` is as good as absent; `null` is there (Kong: the truth of a Lua value). */
const isPresent = (value: string | undefined) => value !== undefined && value !== 'false';

/** Applies rules to a JSON object. */
export function transformJson(object: JsonObject, rules: Rules, { names, renamesFalse }: JsonReading): void {
  const mayMove = (value: string) => renamesFalse || value !== 'false';
  for (const name of rules.remove) names.visit(object, name, (place) => place.value !== undefined && place.drop());
  for (const { name, value } of rules.rename) names.rename(object, name, value, mayMove);
  for (const { name, value, type } of rules.replace) {
    const json = typedJson(value, type);
    if (json !== undefined) names.visit(object, name, (place) => isPresent(place.value) && place.put(json));
  }
  for (const { name, value, type } of rules.add) {
    const json = typedJson(value, type);
    if (json !== undefined) names.visit(object, name, (place) => !isPresent(place.value) && place.put(json));
  }
  for (const { name, value, type } of rules.append) {
    const json = typedJson(value, type);
    if (json !== undefined) names.visit(object, name, (place) => place.put(appendedJson(place.value, json)));
  }
}
