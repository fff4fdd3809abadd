import { bytesOfText } from '../lua/byte-text.js';
import { entryOf } from './entry.js';
import { type Template, templateOf } from './template.js';

/** What one list of the configuration asks for, read once. */
export interface ValueRule {
  /** Bytes, one character each. */
  readonly name: string;
  /** `undefined`: the entry has no value, so it asks for nothing. */
  readonly value: Template | undefined;
}

/** The five lists of one part of a message (its headers, its query string, its body), applied in this order. */
export interface Rules {
  readonly remove: readonly string[];
  readonly rename: readonly ValueRule[];
  readonly replace: readonly ValueRule[];
  readonly add: readonly ValueRule[];
  readonly append: readonly ValueRule[];
}

export type RuleLists = { readonly [Step in keyof Rules]?: readonly string[] };

/** `readValue` reads the text after the colon; a template unless said otherwise. */
export function rulesOf(lists: RuleLists, readValue: (text: string) => Template = templateOf): Rules {
  const values = (lines: readonly string[] = []): ValueRule[] =>
    lines.map((line) => {
      const { name, value } = entryOf(line);
      return { name: bytesOfText(name), value: value === '' ? undefined : readValue(value) };
    });
  return {
    remove: (lists.remove ?? []).map((line) => bytesOfText(entryOf(line).name)),
    rename: values(lists.rename),
    replace: values(lists.replace),
    add: values(lists.add),
    append: values(lists.append),
  };
}

export function isEmpty({ remove, rename, replace, add, append }: Rules): boolean {
  return remove.length + rename.length + replace.length + add.length + append.length === 0;
}
