/** A class whose decorated fields describe a Kong record: its fields, their defaults, the rules between them. */
// biome-ignore lint/suspicious/noExplicitAny: any class will do; the values stay typed by the class itself.
export type RecordClass<T = any> = new () => T;

/** What Kong says when a value breaks a rule of its own; `undefined` when it is fine. */
export type ValueRule = (value: never) => string | undefined;

export interface Common {
  /** A missing or null value is an error. A required record is filled with its defaults instead. */
  readonly required?: boolean;
  /** May hold a `{vault://...}` reference in place of the value. */
  readonly referenceable?: boolean;
  /** A secret: kept encrypted by Kong, never logged by us. */
  readonly encrypted?: boolean;
  /** Only for what the other options cannot say; the text it returns is shown to the user. */
  readonly rule?: ValueRule;
}

export interface TextOptions extends Common {
  readonly oneOf?: readonly string[];
  /** Values taken beside those of `oneOf`, which Kong 3.9 does not know and so does not list. */
  readonly unlisted?: readonly string[];
  /** Inclusive bounds of the length. Kong refuses empty strings unless `minLength` is 0. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** `[pattern, message]`; the message may use `%s` for the value. */
  readonly matches?: readonly [RegExp, string];
}

export interface NumberOptions extends Common {
  /** Inclusive bounds. */
  readonly between?: readonly [number, number];
  readonly greaterThan?: number;
  readonly oneOf?: readonly number[];
}

export interface ReferenceOptions extends Common {
  /** Removing what is referred to removes what refers to it. Otherwise it cannot be removed while it is referred to. */
  readonly cascade?: boolean;
}

export interface ListOptions extends Common {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** What is said of the list before its elements are looked at. */
  readonly given?: (elements: readonly unknown[]) => string | undefined;
}

/** One field as data: enough to check a value, fill a default, and print Kong's `/schemas/...`. */
export type FieldSchema =
  | ({ readonly type: 'string' } & TextOptions)
  | ({ readonly type: 'integer' | 'number' } & NumberOptions)
  | ({ readonly type: 'boolean' | 'any' } & Common)
  | ({ readonly type: 'array' | 'set'; readonly elements: FieldSchema } & ListOptions)
  | ({ readonly type: 'map'; readonly keys: FieldSchema; readonly values: FieldSchema } & ListOptions)
  | ({ readonly type: 'record'; readonly record: RecordClass } & Common)
  | ({ readonly type: 'foreign'; readonly reference: string } & ReferenceOptions);

/** The name under which our field schemas sit in class-validator's metadata. */
export const FIELD = 'kong-field';

export const text = (options: TextOptions = {}): FieldSchema => ({ type: 'string', ...options });
export const integer = (options: NumberOptions = {}): FieldSchema => ({ type: 'integer', ...options });
export const decimal = (options: NumberOptions = {}): FieldSchema => ({ type: 'number', ...options });
export const flag = (options: Common = {}): FieldSchema => ({ type: 'boolean', ...options });
export const anything = (options: Common = {}): FieldSchema => ({ type: 'any', ...options });
export const listOf = (elements: FieldSchema | RecordClass, options: ListOptions = {}): FieldSchema => ({
  type: 'array',
  elements: typeof elements === 'function' ? recordOf(elements) : elements,
  ...options,
});
export const setOf = (elements: FieldSchema, options: ListOptions = {}): FieldSchema => ({
  type: 'set',
  elements,
  ...options,
});
export const mapOf = (
  values: FieldSchema | RecordClass,
  options: ListOptions & { keys?: FieldSchema } = {},
): FieldSchema => ({
  type: 'map',
  keys: text(),
  values: typeof values === 'function' ? recordOf(values) : values,
  ...options,
});
export const recordOf = (record: RecordClass, options: Common = {}): FieldSchema => ({
  type: 'record',
  record,
  ...options,
});
export const referenceTo = (reference: string, options: ReferenceOptions = {}): FieldSchema => ({
  type: 'foreign',
  reference,
  ...options,
});
