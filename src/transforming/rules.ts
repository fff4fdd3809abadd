import { bytesOfText } from '../lua/byte-text.js';
import { entryOf } from './entry.js';
import type { Template } from './template.js';

/** One entry of a list that gives something a value. */
export interface ValueRule {
  /** Bytes, one character each. */
  readonly name: string;
  /** `undefined`: the entry has no value, so it asks for nothing. */
  readonly value: Template | undefined;
  /** What the value is in JSON, where it may be something else than a string. */
  readonly type: JsonType;
}

export type JsonType = 'string' | 'number' | 'boolean';

/** The five lists of one part of a message (its headers, its query string, its body), applied in this order. */
export interface Rules {
  readonly remove: readonly string[];
  /** `value` is the new name. */
  readonly rename: readonly ValueRule[];
  readonly replace: readonly ValueRule[];
  readonly add: readonly ValueRule[];
  readonly append: readonly ValueRule[];
}

export const STEPS = ['remove', 'rename', 'replace', 'add', 'append'] as const satisfies (keyof Rules)[];

/** The lists as they stand in a configuration. `types` go with the entries of a list by position. */
export type RuleLists = {
  readonly [Step in keyof Rules]: { readonly lines: readonly string[]; readonly types?: readonly JsonType[] };
};

/** `readValue` turns what stands after the colon into a template. */
export function rulesOf(lists: RuleLists, readValue: (text: string) => Template): Rules {
  const values = ({ lines, types }: RuleLists[keyof Rules]): ValueRule[] =>
    lines.map((line, index) => {
      const { name, value } = entryOf(line);
      return {
        name: bytesOfText(name),
        value: value === '' ? undefined : readValue(value),
        type: types?.[index] ?? 'string',
      };
    });
  return {
    remove: lists.remove.lines.map((line) => bytesOfText(entryOf(line).name)),
    rename: values(lists.rename),
    replace: values(lists.replace),
    add: values(lists.add),
    append: values(lists.append),
  };
}

export function isEmpty(rules: Rules): boolean {
  return STEPS.every((step) => rules[step].length === 0);
}

/** Whether any value is made from the request. */
export function usesTemplates({ rename, replace, add, append }: Rules): boolean {
  return [rename, replace, add, append].flat().some(({ value }) => value?.isLiteral === false);
}
