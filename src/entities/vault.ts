import { Entity } from './entity.js';
import { Anything, Flag, Text } from './field.js';
import { EntityBase } from './field-types.js';
import { Rule } from './record-rules.js';
import { recordSchema } from './record-schema.js';

/** Where the `env` vault finds what a reference names. Source: Kong kong/vaults/env/schema.lua. */
export class EnvVaultConfig {
  /** Put in front of the variable's name. */
  @Text() prefix?: string;
  /** Whether variables hold base64 of the secret. Unset as long as nobody asks, so that decK finds what it wrote. */
  @Flag() base64_decode?: boolean;
}

/** The kinds of vaults that can be configured, with what they need to know. */
export const VAULT_CONFIGS = new Map([['env', EnvVaultConfig]]);
const KINDS = [...VAULT_CONFIGS.keys()];

/** A named way of reading secrets: `{vault://<prefix>/...}`. Source: Kong kong/db/schema/entities/vaults.lua. */
@Entity({ name: 'vaults', singular: 'vault', nameKey: 'prefix', stableIdFrom: 'prefix' })
@Rule((vault, report) => {
  const config = VAULT_CONFIGS.get(String(vault['name']));
  if (!config) return;
  const { value, error } = recordSchema(config).check(vault['config'] ?? {});
  if (error === undefined) vault['config'] = value;
  else report.tree('config', error);
})
export class Vault extends EntityBase {
  /** Stands for the vault in references. */
  @Text({
    required: true,
    matches: [/^[a-z][a-z0-9-]*[a-z0-9]+$/, 'invalid value: %s'],
    rule: (prefix: string) => (KINDS.includes(prefix) ? `must not be one of: ${KINDS.join(', ')}` : undefined),
  })
  prefix!: string;
  /** The kind of vault. */
  @Text({
    required: true,
    rule: (name: string) => (KINDS.includes(name) ? undefined : `vault '${name}' is not installed`),
  })
  name!: string;
  @Text() description?: string;
  /** Checked against the class of the kind, in `VAULT_CONFIGS`. */
  @Anything() config?: EnvVaultConfig;
}
