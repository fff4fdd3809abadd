import type { FieldSchema, RecordClass } from '../entities/field-schema.js';
import { isObject, isVaultReference, recordSchema } from '../entities/record-schema.js';
import type { Vault } from '../entities/vault.js';
import type { Settings } from './settings.js';
import type { Snapshot } from './snapshot.js';

/** A `{vault://…}` reference that could not be resolved when the configuration was loaded. Its field is `''`. */
export interface UnresolvedReference {
  /** Where in the configuration: `targets.0.auth.header_value`. */
  readonly path: string;
  readonly reference: string;
  /** What would have to be set: the environment variable's name, for the `env` vault. */
  readonly missing: string;
}

export type Resolved = { readonly value: string } | { readonly missing: string };

interface EnvOptions {
  readonly prefix: string;
  readonly base64: boolean;
}

/** The vaults that references may name: `env`, and the Vault entities of a snapshot by their prefix. */
export class Vaults {
  private constructor(
    private readonly byPrefix: ReadonlyMap<string, EnvOptions>,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {}

  static of(
    snapshot: Snapshot,
    settings: Pick<Settings, 'vaultEnvPrefix'>,
    environment: Readonly<Record<string, string | undefined>> = process.env,
  ): Vaults {
    const byPrefix = new Map([['env', { prefix: settings.vaultEnvPrefix, base64: false }]]);
    for (const { prefix, config } of snapshot.all<Vault>('vaults').values()) {
      byPrefix.set(prefix, { prefix: config?.prefix ?? '', base64: config?.base64_decode === true });
    }
    return new Vaults(byPrefix, environment);
  }

  /**
   * What a reference stands for. `{vault://env/my-secret}` is the variable MY_SECRET, `{vault://env/db/password}` the member
   * `password` of the JSON in DB, `#2` its former value in MY_SECRET_PREVIOUS (Kong: kong/vaults/env/init.lua).
   */
  resolve(reference: string): Resolved {
    const url = URL.parse(reference.slice(1, -1));
    if (!url) return { missing: 'a reference of the form {vault://<vault>/<secret>}' };
    const options = this.byPrefix.get(url.hostname);
    if (!options) return { missing: `a vault with the prefix '${url.hostname}'` };
    const { resource, key } = secretOf(decodeURIComponent(url.pathname));
    const prefix = url.searchParams.get('prefix') ?? options.prefix;
    const version = url.hash === '#2' ? '_PREVIOUS' : '';
    const variable = `${prefix}${resource}`.replaceAll('-', '_').toUpperCase() + version;
    const text = this.environment[variable];
    if (text === undefined) return { missing: variable };
    const value = options.base64 ? Buffer.from(text, 'base64').toString() : text;
    return key === undefined ? { value } : member(value, key, variable);
  }
}

/** Of several path parts the last is a key into the secret, unless the path ends with a slash. */
function secretOf(path: string): { resource: string; key: string | undefined } {
  const parts = path.replace(/^\/|\/$/g, '').split('/');
  if (path.endsWith('/') || parts.length < 2) return { resource: parts.join('/'), key: undefined };
  return { resource: parts.slice(0, -1).join('/'), key: parts.at(-1) };
}

function member(json: string, key: string, variable: string): Resolved {
  const missing = { missing: `${variable} as JSON with a member '${key}'` };
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[key];
    if (typeof value === 'string') return { value };
    return typeof value === 'number' || typeof value === 'boolean' ? { value: String(value) } : missing;
  } catch {
    return missing;
  }
}

/**
 * A configuration with the values of its references, and the references nobody could resolve, whose fields become `''`.
 * Only fields marked referenceable are looked at. Without references the configuration itself comes back.
 */
export function resolveReferences<T>(
  record: RecordClass<T>,
  config: unknown,
  vaults: Vaults,
): { readonly config: T; readonly unresolved: readonly UnresolvedReference[] } {
  const unresolved: UnresolvedReference[] = [];
  const resolved = resolvedRecord(record, config, '', { vaults, unresolved });
  return { config: resolved as T, unresolved };
}

interface Resolution {
  readonly vaults: Vaults;
  readonly unresolved: UnresolvedReference[];
}

function resolvedValue(schema: FieldSchema, value: unknown, path: string, resolution: Resolution): unknown {
  if (value === undefined || value === null) return value;
  if (isVaultReference(value)) return schema.referenceable ? resolvedText(value, path, resolution) : value;
  switch (schema.type) {
    case 'record':
      return resolvedRecord(schema.record, value, path, resolution);
    case 'array':
    case 'set':
      return resolvedMembers(value, path, resolution, () => schema.elements);
    case 'map':
      return resolvedMembers(value, path, resolution, () => schema.values);
    default:
      return value;
  }
}

function resolvedText(reference: string, path: string, { vaults, unresolved }: Resolution): string {
  const result = vaults.resolve(reference);
  if ('value' in result) return result.value;
  unresolved.push({ path, reference, missing: result.missing });
  return '';
}

function resolvedRecord(record: RecordClass, value: unknown, path: string, resolution: Resolution): unknown {
  const schemas = new Map(recordSchema(record).fields.map(({ name, schema }) => [name, schema]));
  return resolvedMembers(value, path, resolution, (name) => schemas.get(name));
}

/** The list, map or record itself where nothing in it is a reference; else a frozen copy of the same class. */
function resolvedMembers(
  value: unknown,
  path: string,
  resolution: Resolution,
  schemaOf: (name: string) => FieldSchema | undefined,
): unknown {
  if (!isObject(value) && !Array.isArray(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, member] of Object.entries(value)) {
    const schema = schemaOf(name);
    if (!schema) continue;
    const resolved = resolvedValue(schema, member, path === '' ? name : `${path}.${name}`, resolution);
    if (resolved === member) continue;
    copy ??= (
      Array.isArray(value)
        ? [...(value as unknown[])]
        : Object.assign(Object.create(Object.getPrototypeOf(value)), value)
    ) as Record<string, unknown>;
    copy[name] = resolved;
  }
  return copy ? Object.freeze(copy) : value;
}
