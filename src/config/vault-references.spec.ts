import { describe, expect, it } from '@jest/globals';
import { ListOf, MapOf, RecordOf, Text } from '../entities/field.js';
import { text } from '../entities/field-schema.js';
import type { EntityBase } from '../entities/field-types.js';
import { recordSchema } from '../entities/record-schema.js';
import { Snapshot } from './snapshot.js';
import { resolveReferences, Vaults } from './vault-references.js';

const environment = {
  MY_SECRET_VALUE: 'secret',
  MY_SECRET_VALUE_PREVIOUS: 'former',
  DB: '{"password":"p","port":5432,"nested":{}}',
  APP_KEY: 'of the app',
  SHARED_KEY: 'of all',
  ENCODED: Buffer.from('decoded').toString('base64'),
  EMPTY: '',
};

const vault = (prefix: string, config: object) => [prefix, { id: prefix, prefix, name: 'env', config }] as const;

function vaults(vaultEnvPrefix = ''): Vaults {
  const entities = new Map([vault('my-env', { prefix: 'app_' }), vault('coded', { base64_decode: true })]);
  const collections = new Map([
    ['vaults', entities as ReadonlyMap<string, unknown> as ReadonlyMap<string, EntityBase>],
  ]);
  return Vaults.of(new Snapshot(collections, ''), { vaultEnvPrefix }, environment);
}

describe('a vault reference', () => {
  it.each([
    ['{vault://env/my-secret-value}', 'secret'],
    ['{vault://env/MY_SECRET_VALUE}', 'secret'],
    ['{vault://env/my-secret-value#2}', 'former'],
    ['{vault://env/db/password}', 'p'],
    ['{vault://env/db/port}', '5432'],
    ['{vault://env/db/}', environment.DB],
    ['{vault://my-env/key}', 'of the app'],
    ['{vault://env/key?prefix=app_}', 'of the app'],
    ['{vault://coded/encoded}', 'decoded'],
    ['{vault://env/empty}', ''],
  ])('%s is resolved', (reference, value) => {
    expect(vaults().resolve(reference)).toEqual({ value });
  });

  it('is looked up under the prefix of the settings', () => {
    expect(vaults('shared_').resolve('{vault://env/key}')).toEqual({ value: 'of all' });
    expect(vaults('shared_').resolve('{vault://my-env/key}')).toEqual({ value: 'of the app' });
  });

  it.each([
    ['{vault://env/unset}', 'UNSET'],
    ['{vault://my-env/unset}', 'APP_UNSET'],
    ['{vault://env/db/user}', "DB as JSON with a member 'user'"],
    ['{vault://env/db/nested}', "DB as JSON with a member 'nested'"],
    ['{vault://env/my-secret-value/key}', "MY_SECRET_VALUE as JSON with a member 'key'"],
    ['{vault://other/key}', "a vault with the prefix 'other'"],
  ])('%s tells what is missing', (reference, missing) => {
    expect(vaults().resolve(reference)).toEqual({ missing });
  });
});

class Auth {
  @Text({ referenceable: true }) value?: string;
  @Text() plain?: string;
}

class Config {
  @ListOf(Auth) targets?: Auth[];
  @ListOf(text({ referenceable: true })) keys?: string[];
  @MapOf(text({ referenceable: true })) headers?: Record<string, string>;
  @RecordOf(Auth) auth?: Auth;
}

const configOf = (given: object) => recordSchema(Config).check(given).value;

describe('the references of a configuration', () => {
  it('are resolved wherever a field may hold one, and nowhere else', () => {
    const reference = '{vault://env/my-secret-value}';
    const config = configOf({
      targets: [{ value: 'as it is' }, { value: reference, plain: reference }],
      keys: ['a', reference],
      headers: { authorization: reference },
    });

    const { config: resolved, unresolved } = resolveReferences(Config, config, vaults());

    expect(unresolved).toEqual([]);
    expect(resolved).toBeInstanceOf(Config);
    expect(resolved.targets?.[1]).toBeInstanceOf(Auth);
    expect(resolved).toMatchObject({
      targets: [{ value: 'as it is' }, { value: 'secret', plain: reference }],
      keys: ['a', 'secret'],
      headers: { authorization: 'secret' },
    });
    expect(config.targets?.[1]?.value).toBe(reference);
  });

  it('become empty where nobody can resolve them, and are told', () => {
    const config = configOf({ targets: [{}, { value: '{vault://env/unset}' }] });

    expect(resolveReferences(Config, config, vaults())).toMatchObject({
      config: { targets: [{}, { value: '' }] },
      unresolved: [{ path: 'targets.1.value', reference: '{vault://env/unset}', missing: 'UNSET' }],
    });
  });

  it('cost nothing where there are none', () => {
    const config = configOf({ auth: { value: 'plain' } });

    expect(resolveReferences(Config, config, vaults()).config).toBe(config);
  });
});
