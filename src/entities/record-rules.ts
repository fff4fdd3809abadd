import { ENTITY, type ErrorTree } from './error-tree.js';

/**
 * A rule between the fields of a record. Gets the parsed record; adds what is wrong to `report`, under a field's name
 * or, for the record as a whole, under `@entity`.
 */
export type RecordRule = (record: Record<string, unknown>, report: Report) => void;

export interface Report {
  entity(message: string): void;
  field(path: string, message: string): void;
  /** Errors inside a field's value, in the shape of the value. */
  tree(field: string, errors: ErrorTree): void;
}

const rules = new WeakMap<object, RecordRule[]>();

/** The rules declared on a class and on the classes it extends. */
export function recordRules(target: object): readonly RecordRule[] {
  const own = rules.get(target) ?? [];
  const parent = Object.getPrototypeOf(target) as object | null;
  return parent && parent !== Function.prototype ? [...recordRules(parent), ...own] : own;
}

/** How Kong's `/schemas/...` lists a rule, for those it has a word for. */
const kongWords = new WeakMap<RecordRule, object>();

/** The rules of a record class that Kong has words for, as its `entity_checks` lists them. */
export const entityChecks = (target: object): object[] =>
  recordRules(target).flatMap((rule) => kongWords.get(rule) ?? []);

/** Attaches a rule between fields to a record class. `inKong`: its entry in Kong's `entity_checks`. */
export const Rule =
  (rule: RecordRule, inKong?: object): ClassDecorator =>
  (target) => {
    if (inKong) kongWords.set(rule, inKong);
    // Decorators are applied from the class upwards; rules are told in the order they are read.
    rules.set(target, [rule, ...(rules.get(target) ?? [])]);
  };

/** Names as Kong's messages list them: `'a', 'b'`. */
export const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** Whether a value counts as set in Kong's cross-field rules: not null, not an empty list or map. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return true;
}

const at = (record: Record<string, unknown>, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined | null)?.[key], record);

export const AtLeastOneOf = (...names: string[]): ClassDecorator =>
  Rule(
    (record, report) => {
      if (names.some((name) => isSet(at(record, name)))) return;
      report.entity(`at least one of these fields must be non-empty: ${quoted(names)}`);
    },
    { at_least_one_of: names },
  );

export const AtMostOneOf = (...names: string[]): ClassDecorator =>
  Rule(
    (record, report) => {
      if (names.filter((name) => isSet(at(record, name))).length <= 1) return;
      report.entity(`only one or none of these fields must be set: ${quoted(names)}`);
    },
    { mutually_exclusive: names },
  );

export const AllOrNone = (...names: string[]): ClassDecorator =>
  Rule(
    (record, report) => {
      const given = names.filter((name) => isSet(at(record, name))).length;
      if (given === 0 || given === names.length) return;
      report.entity(`all or none of these fields must be set: ${quoted(names)}`);
    },
    { mutually_required: names },
  );

/**
 * Collects what rules report into an error tree that may already hold the fields' own errors. A rule that looks at a field
 * with an error of its own has no say, because it would complain about a value that nobody wrote (Kong does the same).
 * `failed`: the names of those fields.
 */
export function applyRules(
  applicable: readonly RecordRule[],
  record: Record<string, unknown>,
  errors: { [field: string]: ErrorTree },
  failed: ReadonlySet<string>,
): void {
  const report: Report = {
    entity(message) {
      const list = (errors[ENTITY] ??= []) as string[];
      list.push(message);
    },
    field(path, message) {
      let level = errors;
      const keys = path.split('.');
      const last = keys.pop() as string;
      for (const key of keys) {
        const next = level[key];
        if (next === undefined || typeof next === 'string') level[key] = {};
        level = level[key] as { [field: string]: ErrorTree };
      }
      level[last] ??= message;
    },
    tree(field, tree) {
      errors[field] ??= tree;
    },
  };
  for (const rule of applicable) {
    if (failed.size === 0) rule(record, report);
    else if (!looksAt(rule, record, failed)) rule(record, report);
  }
}

/** What the rules on a class find wrong with a record whose fields are all right. */
export function violations(target: object, record: Record<string, unknown>): { [field: string]: ErrorTree } {
  const errors: { [field: string]: ErrorTree } = {};
  applyRules(recordRules(target), record, errors, new Set());
  return errors;
}

const NOBODY: Report = { entity() {}, field() {}, tree() {} };

function looksAt(rule: RecordRule, record: Record<string, unknown>, fields: ReadonlySet<string>): boolean {
  let looked = false;
  const watched = new Proxy(record, {
    get(target, name) {
      looked ||= fields.has(String(name));
      return Reflect.get(target, name) as unknown;
    },
  });
  rule(watched, NOBODY);
  return looked;
}
