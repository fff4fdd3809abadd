import { type ErrorTree, violationMessage } from '../entities/error-tree.js';
import { luaTable } from '../entities/lua-table.js';

/** Why an entity was not read or written, as Kong's Admin API answers it. Source: Kong kong/db/errors.lua. */
export interface EntityError {
  readonly code: 1 | 2 | 3 | 4 | 5 | 7 | 9 | 10 | 11 | 12 | 13 | 19;
  readonly name: string;
  readonly message: string;
  readonly fields?: object;
  readonly options?: object;
}

/** What came of an edit: a value, or why there is none. Nothing was changed where there is an error. */
export type Outcome<T> = { readonly value: T } | { readonly error: EntityError };

type Fields = { readonly [field: string]: ErrorTree };

export const schemaViolation = (fields: Fields): EntityError => ({
  code: 2,
  name: 'schema violation',
  message: violationMessage(fields),
  fields,
});

export const invalidPrimaryKey = (fields: Fields): EntityError => ({
  code: 1,
  name: 'invalid primary key',
  message: `invalid primary key: '${luaTable(fields)}'`,
  fields,
});

/** A name that nothing can have. */
export const invalidUnique = (field: string, problem: string): EntityError => ({
  code: 10,
  name: `invalid unique ${field}`,
  message: problem,
});

export const primaryKeyViolation = (id: string): EntityError => ({
  code: 3,
  name: 'primary key violation',
  message: `primary key violation on key '${luaTable({ id })}'`,
  fields: { id },
});

/** `key`: the values that occur already; null where a field is unset. */
export const uniqueViolation = (key: Readonly<Record<string, unknown>>): EntityError => ({
  code: 5,
  name: 'unique constraint violation',
  message: `UNIQUE violation detected on '${luaTable(key)}'`,
  fields: key,
});

/** A reference by id to what is not there. */
export const referenceMissing = (field: string, id: string, kind: string): EntityError => ({
  code: 4,
  name: 'foreign key violation',
  message: `the foreign key '${luaTable({ id })}' does not reference an existing '${kind}' entity.`,
  fields: { [field]: { id } },
});

/** It cannot be removed, because others refer to it. */
export const stillReferenced = (kind: string, by: string): EntityError => ({
  code: 4,
  name: 'foreign key violation',
  message: `an existing '${by}' entity references this '${kind}' entity`,
  fields: { '@referenced_by': by },
});

export const referencedByOthers = (message: string): EntityError => ({
  code: 19,
  name: 'referenced by others',
  message,
});

/** References by name to what is not there. */
export function referencesUnresolved(
  unresolved: readonly {
    readonly field: string;
    readonly key: string;
    readonly value: string;
    readonly kind: string;
  }[],
): EntityError {
  const fields: Record<string, Record<string, string>> = {};
  for (const { field, key, value, kind } of unresolved) {
    const shown = luaTable({ [key]: value });
    const problem = `the foreign key cannot be resolved with '${shown}' for an existing '${kind}' entity`;
    fields[field] = { ...fields[field], [key]: problem };
  }
  const told = Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([field, keys]) => Object.entries(keys).map(([key, text]) => `${field}.${key}: ${text}`));
  const [only] = told;
  const message =
    told.length === 1
      ? `foreign key unresolved (${only})`
      : `${told.length} foreign keys unresolved (${told.join('; ')})`;
  return { code: 13, name: 'foreign keys unresolved', message, fields };
}

export const invalidOffset = (offset: string, problem: string): EntityError => ({
  code: 7,
  name: 'invalid offset',
  message: `'${offset}' is not a valid offset: ${problem}`,
});

export const invalidSize = (problem: string): EntityError => ({ code: 9, name: 'invalid size', message: problem });

export const invalidOption = (option: string, problem: string): EntityError => ({
  code: 11,
  name: 'invalid options',
  message: `invalid option (${option}: ${problem})`,
  options: { [option]: problem },
});

export const operationUnsupported = (message: string): EntityError => ({
  code: 12,
  name: 'operation unsupported',
  message,
});
