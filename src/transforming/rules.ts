import { byteString } from '../entities/byte-string.js';
import { entryOf } from './entry.js';
import type { Template } from './template.js';
import type { TemplateGlobals } from './template-globals.js';

export type JsonType = 'string' | 'number' | 'boolean';

/** One entry of a list that gives something a value. Texts are bytes, one character each. */
export interface ValueRule {
  readonly name: string;
  readonly value: string;
  /** What the value is in JSON, where it may be something else than a string. */
  readonly type: JsonType;
}

/** What is to happen to one part of a message: its headers, its query string, its body. In this order. */
export interface Rules {
  readonly remove: readonly string[];
  /** `value` is the new name. */
  readonly rename: readonly ValueRule[];
  readonly replace: readonly ValueRule[];
  readonly add: readonly ValueRule[];
  readonly append: readonly ValueRule[];
}

/** The lists as they stand in a configuration. `types` go with the entries of a list by position. */
export type RuleLists = {
  readonly [Step in keyof Rules]: { readonly lines: readonly string[]; readonly types?: readonly JsonType[] };
};

interface ValueTemplate {
  readonly name: string;
  readonly value: Template;
  readonly type: JsonType;
}

const VALUED_STEPS = ['rename', 'replace', 'add', 'append'] as const;

/** The rules of a configuration, whose values may be made from the request. */
export class RuleTemplates {
  readonly isEmpty: boolean;
  /** Whether any value is made from the request. */
  readonly usesRequest: boolean;
  private readonly remove: readonly string[];
  private readonly valued: Readonly<Record<(typeof VALUED_STEPS)[number], readonly ValueTemplate[]>>;
  private readonly literal: Rules | undefined;

  /** `readValue` turns what stands after the colon into a template. An entry without a value asks for nothing. */
  constructor(lists: RuleLists, readValue: (text: string) => Template) {
    const templates = ({ lines, types }: RuleLists[keyof Rules]): ValueTemplate[] =>
      lines.flatMap((line, index) => {
        const { name, value } = entryOf(line);
        if (value === '') return [];
        return [{ name: byteString(name), value: readValue(value), type: types?.[index] ?? 'string' }];
      });
    this.remove = lists.remove.lines.map((line) => byteString(entryOf(line).name));
    this.valued = {
      rename: templates(lists.rename),
      replace: templates(lists.replace),
      add: templates(lists.add),
      append: templates(lists.append),
    };
    const all = VALUED_STEPS.flatMap((step) => this.valued[step]);
    this.isEmpty = this.remove.length + all.length === 0;
    this.usesRequest = all.some(({ value }) => value.kind === 'computed');
    if (all.every(({ value }) => value.kind === 'literal')) this.literal = this.render(undefined);
  }

  /**
   * Every value at once, before anything is changed: each sees the request as it was, and one that fails leaves it as it
   * was.
   */
  rulesFor(globals: TemplateGlobals | undefined): Rules {
    return this.literal ?? this.render(globals);
  }

  /** What can be done to nothing: to put something in. The values of the other rules are not even looked at. */
  additionsFor(globals: TemplateGlobals | undefined): Rules {
    const { add, append } = this.valued;
    return { remove: [], rename: [], replace: [], add: rendered(add, globals), append: rendered(append, globals) };
  }

  private render(globals: TemplateGlobals | undefined): Rules {
    const { rename, replace, add, append } = this.valued;
    return {
      remove: this.remove,
      rename: rendered(rename, globals),
      replace: rendered(replace, globals),
      add: rendered(add, globals),
      append: rendered(append, globals),
    };
  }
}

function rendered(templates: readonly ValueTemplate[], globals: TemplateGlobals | undefined): ValueRule[] {
  return templates.map(({ name, value, type }) => ({ name, value: value.render(globals), type }));
}
