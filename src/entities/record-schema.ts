import { getMetadataStorage } from 'class-validator';
import type { ErrorTree } from './error-tree.js';
import { FIELD, type FieldSchema, type RecordClass } from './field-schema.js';
import { applyRules, type RecordRule, recordRules } from './record-rules.js';
import { UUID, UUID_PATTERN } from './uuid.js';

export interface Checked {
  /** The value with defaults filled in. Where `error` is set it is not to be used, save by the rules around it. */
  readonly value: unknown;
  readonly error?: ErrorTree;
}

/** Checks one value and fills its defaults. Compiled once per field. */
export type CheckedField = (value: unknown) => Checked;

const missing: Checked = { value: undefined, error: 'required field missing' };
const absent: Checked = { value: undefined };
const failed = (error: ErrorTree): Checked => ({ value: undefined, error });

const VAULT_REFERENCE = /^\{vault:\/\/[^}]+\}$/;

/** Whether a text is a `{vault://...}` reference, resolved when the configuration is used. */
export const isVaultReference = (value: unknown): value is string =>
  typeof value === 'string' && VAULT_REFERENCE.test(value);

/** Compiles a field's schema into its check. Error texts are Kong's (kong/db/schema/init.lua). */
export function checkedField(schema: FieldSchema): CheckedField {
  const check = checkOf(schema);
  const rule = schema.rule as ((value: unknown) => string | undefined) | undefined;
  return (value) => {
    if (value === undefined || value === null) {
      if (schema.type === 'record' && schema.required && value === undefined) return check({});
      return schema.required ? missing : absent;
    }
    if (schema.referenceable && isVaultReference(value)) return { value };
    const result = check(value);
    if (rule === undefined || result.error !== undefined) return result;
    const broken = rule(result.value);
    return broken === undefined ? result : failed(broken);
  };
}

function checkOf(schema: FieldSchema): CheckedField {
  switch (schema.type) {
    case 'string':
      return textCheck(schema);
    case 'integer':
    case 'number':
      return numberCheck(schema);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? { value } : failed('expected a boolean'));
    case 'any':
      return (value) => ({ value });
    case 'array':
    case 'set':
      return listCheck(schema);
    case 'map':
      return mapCheck(schema);
    case 'record':
      return (value) => recordSchema(schema.record).check(value);
    case 'foreign':
      return referenceCheck;
  }
}

/** What is in a list or map is there: a null among it is a mistake. */
const present = (schema: FieldSchema): FieldSchema => ({ ...schema, required: true });

type Of<Type extends FieldSchema['type']> = Extract<FieldSchema, { type: Type }>;

function textCheck({ oneOf, unlisted, minLength = 1, maxLength, matches }: Of<'string'>): CheckedField {
  const known = oneOf && new Set(oneOf);
  return (value) => {
    if (typeof value !== 'string') return failed('expected a string');
    if (known && !known.has(value) && !unlisted?.includes(value))
      return failed(`expected one of: ${(oneOf as readonly string[]).join(', ')}`);
    if (value.length < minLength) return failed(`length must be at least ${minLength}`);
    if (maxLength !== undefined && value.length > maxLength) return failed(`length must be at most ${maxLength}`);
    if (matches && !matches[0].test(value)) return failed(matches[1].replace('%s', value));
    return { value };
  };
}

function numberCheck({ type, between, greaterThan, oneOf }: Of<'integer' | 'number'>): CheckedField {
  const wanted = type === 'integer' ? 'expected an integer' : 'expected a number';
  return (value) => {
    if (typeof value !== 'number' || Number.isNaN(value)) return failed(wanted);
    if (type === 'integer' && !Number.isInteger(value)) return failed(wanted);
    if (between && (value < between[0] || value > between[1])) {
      return failed(`value should be between ${between[0]} and ${between[1]}`);
    }
    if (greaterThan !== undefined && value <= greaterThan) return failed(`value must be greater than ${greaterThan}`);
    if (oneOf && !oneOf.includes(value)) return failed(`expected one of: ${oneOf.join(', ')}`);
    return { value };
  };
}

const lengthError = (length: number, { minLength, maxLength }: { minLength?: number; maxLength?: number }) => {
  if (minLength !== undefined && length < minLength) return `length must be at least ${minLength}`;
  if (maxLength !== undefined && length > maxLength) return `length must be at most ${maxLength}`;
  return undefined;
};

function listCheck(schema: Of<'array' | 'set'>): CheckedField {
  const element = checkedField(present(schema.elements));
  const wanted = schema.type === 'array' ? 'expected an array' : 'expected a set';
  return (value) => {
    // Lua knows one empty table: `{}` from JSON is an empty list as well.
    const list = Array.isArray(value) ? (value as unknown[]) : isEmptyObject(value) ? [] : undefined;
    if (list === undefined) return failed(wanted);
    const wrongLength = lengthError(list.length, schema);
    const refused = wrongLength ?? schema.given?.(list);
    if (refused) return failed(refused);
    const values: unknown[] = [];
    let errors: (ErrorTree | null)[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const { value: parsed, error } = element(list[index]);
      if (error !== undefined) {
        errors ??= Array<ErrorTree | null>(list.length).fill(null);
        errors[index] = error;
      }
      values.push(parsed);
    }
    if (errors) return failed(errors);
    return { value: schema.type === 'set' ? [...new Set(values)] : values };
  };
}

function mapCheck(schema: Of<'map'>): CheckedField {
  const checkKey = checkedField(schema.keys);
  const checkValue = checkedField(present(schema.values));
  return (value) => {
    if (!isObject(value)) return Array.isArray(value) && value.length === 0 ? { value: {} } : failed('expected a map');
    const entries = Object.entries(value);
    const wrongLength = lengthError(entries.length, schema);
    if (wrongLength) return failed(wrongLength);
    // Names come from a file: on a plain object `__proto__` would be more than a name.
    const values = Object.create(null) as Record<string, unknown>;
    let errors: { [key: string]: ErrorTree } | undefined;
    for (const [key, item] of entries) {
      const keyError = checkKey(key).error;
      const { value: parsed, error } = checkValue(item);
      const wrong = keyError ?? error;
      if (wrong !== undefined) {
        errors ??= {};
        setMember(errors, key, wrong);
      }
      values[key] = parsed;
    }
    return errors ? failed(errors) : { value: values };
  };
}

/** A reference is `{id}` or `{<name key>}`; loaders resolve names to ids before they call this. */
function referenceCheck(value: unknown): Checked {
  const id = isObject(value) ? value['id'] : undefined;
  if (id === undefined) return failed({ id: 'missing primary key' });
  if (id === null) return failed({ id: 'required field missing' });
  if (typeof id !== 'string') return failed({ id: 'expected a string' });
  return UUID.test(id) ? { value: { id } } : failed({ id: UUID_PATTERN[1] });
}

/** Sets a member whose name comes from the outside: set as usual, `__proto__` would be no member. */
export function setMember<T>(record: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmptyObject = (value: unknown) => isObject(value) && Object.keys(value).length === 0;

export interface RecordField {
  readonly name: string;
  readonly schema: FieldSchema;
  /** What an absent field becomes; `undefined` when it has no default. */
  readonly default: unknown;
}

/** A record class read once: its fields in the order of declaration, its check, its rules. */
export class RecordSchema<T = unknown> {
  readonly fields: readonly RecordField[];
  private readonly checks: ReadonlyMap<string, CheckedField>;
  private readonly rules: readonly RecordRule[];

  constructor(private readonly target: RecordClass<T>) {
    const defaults = new target() as Record<string, unknown>;
    this.fields = declaredFields(target).map(({ name, schema }) => ({ name, schema, default: defaults[name] }));
    this.checks = new Map(this.fields.map(({ name, schema }) => [name, checkedField(schema)]));
    this.rules = recordRules(target);
  }

  /** What is wrong with a value for one of the fields, whatever the others hold. */
  problemWith(field: string, value: unknown): ErrorTree | undefined {
    return this.checks.get(field)?.(value).error;
  }

  /** Parses a value into an instance of the class: unknown fields refused, defaults filled, rules applied. */
  check(input: unknown): Checked & { readonly value: T } {
    if (!isObject(input)) {
      // Lua knows one empty table, so an empty list from JSON or YAML is an empty record as well.
      if (Array.isArray(input) && input.length === 0) return this.check({});
      return { value: undefined as T, error: 'expected a record' };
    }
    const record = new this.target() as Record<string, unknown>;
    const errors: { [field: string]: ErrorTree } = {};
    const failed = new Set<string>();
    for (const { name, default: fallback } of this.fields) {
      const given = input[name];
      // An explicit null stays unset: the default does not come back (kong/db/schema/init.lua, process_auto_fields).
      const candidate = given === undefined ? fallback : given;
      const { value, error } = (this.checks.get(name) as CheckedField)(candidate);
      if (error !== undefined) {
        errors[name] = error;
        if (value === undefined) failed.add(name);
      }
      record[name] = value;
    }
    for (const name of Object.keys(input)) {
      if (!this.checks.has(name)) setMember(errors, name, 'unknown field');
    }
    applyRules(this.rules, record, errors, failed);
    // What has too many fields is complete but for that, so the rules of the record around it can still judge it: a misspelt
    // name is then reported together with what is missing because of it.
    const value = failed.size === 0 ? (record as T) : (undefined as T);
    return Object.keys(errors).length > 0 ? { value, error: errors } : { value };
  }
}

function declaredFields(target: RecordClass): { name: string; schema: FieldSchema }[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(target, target.name, false, false);
  const fields = new Map<string, FieldSchema>();
  for (const { name, propertyName, constraints } of metadata) {
    // A subclass's declaration of a field replaces its parent's; class-validator lists the subclass first.
    if (name === FIELD && !fields.has(propertyName)) fields.set(propertyName, constraints?.[0] as FieldSchema);
  }
  return [...fields].map(([name, schema]) => ({ name, schema }));
}

const compiled = new WeakMap<RecordClass, RecordSchema>();

/** The schema of a record class, compiled on first use. */
export function recordSchema<T>(target: RecordClass<T>): RecordSchema<T> {
  let schema = compiled.get(target);
  if (!schema) {
    schema = new RecordSchema(target);
    compiled.set(target, schema);
  }
  return schema as RecordSchema<T>;
}
