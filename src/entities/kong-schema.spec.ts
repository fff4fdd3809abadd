import { describe, expect, it } from '@jest/globals';
import { coreRegistry } from './core-entities.js';
import type { EntityDefinition } from './entity.js';
import { Decimal, Flag, Integer, ListOf, MapOf, RecordOf, Text } from './field.js';
import { text } from './field-schema.js';
import { entitySchema, type KongRecord, pluginSchema, vaultSchema } from './kong-schema.js';
import { AllOrNone, AtLeastOneOf } from './record-rules.js';

const registry = coreRegistry();
const schemaOf = (kind: string) => entitySchema(registry.entity(kind) as EntityDefinition);
const field = ({ fields }: KongRecord, name: string) => fields.find((one) => name in one)?.[name];

@AllOrNone('header_name', 'header_value')
class Auth {
  @Text({ referenceable: true }) header_name?: string;
  @Text({ referenceable: true, encrypted: true }) header_value?: string;
}

@AtLeastOneOf('minute', 'hour')
class Config {
  @Decimal({ greaterThan: 0 }) minute?: number;
  @Integer({ between: [1, 5] }) hour?: number;
  @Flag({ required: true }) echo = false;
  @Text({ oneOf: ['local', 'redis'], minLength: 0 }) policy = 'local';
  @RecordOf(Auth, { required: true }) auth!: Auth;
  @ListOf(text({ oneOf: ['a'] }), { required: true, maxLength: 2 }) letters: string[] = [];
  @MapOf(text({ referenceable: true })) headers?: Record<string, string>;
}

const DEFINITION = { name: 'limits', priority: 1, version: '1', config: Config } as const;

describe('the schema of', () => {
  // As Kong 3.9.3 answered, without descriptions.
  it.each([
    ['id', { type: 'string', uuid: true, auto: true }],
    ['created_at', { type: 'integer', timestamp: true, auto: true }],
    ['name', { type: 'string', unique: true }],
    [
      'protocols',
      {
        type: 'set',
        required: true,
        default: ['http', 'https'],
        len_min: 1,
        elements: { type: 'string', one_of: expect.arrayContaining(['grpc', 'https', 'udp']) },
      },
    ],
    [
      'https_redirect_status_code',
      { type: 'integer', required: true, default: 426, one_of: [426, 301, 302, 307, 308] },
    ],
    ['strip_path', { type: 'boolean', required: true, default: true }],
    ['regex_priority', { type: 'integer', default: 0 }],
    ['path_handling', { type: 'string', default: 'v0', one_of: ['v0', 'v1'] }],
    ['tags', { type: 'set', elements: { type: 'string' } }],
    ['service', { type: 'foreign', reference: 'services' }],
    ['headers', { type: 'map', keys: { type: 'string' }, values: { type: 'array', elements: { type: 'string' } } }],
    [
      'sources',
      {
        type: 'set',
        elements: {
          type: 'record',
          fields: [{ ip: { type: 'string' } }, { port: { type: 'integer', between: [0, 65535] } }],
          entity_checks: [{ at_least_one_of: ['ip', 'port'] }],
        },
      },
    ],
  ])('a Route’s %s is Kong’s', (name, expected) => {
    expect(field(schemaOf('routes'), name)).toEqual(expected);
  });

  it('an entity lists the rules Kong has words for', () => {
    expect(schemaOf('consumers').entity_checks).toEqual([{ at_least_one_of: ['custom_id', 'username'] }]);
  });

  it('a plugin has protocols and the configuration, defaults and secrets included', () => {
    expect(pluginSchema(DEFINITION)).toEqual({
      entity_checks: [],
      fields: [
        {
          protocols: {
            type: 'set',
            required: true,
            default: ['grpc', 'grpcs', 'http', 'https'],
            elements: { type: 'string', one_of: expect.any(Array) },
          },
        },
        {
          config: {
            type: 'record',
            required: true,
            entity_checks: [{ at_least_one_of: ['minute', 'hour'] }],
            fields: [
              { minute: { type: 'number', gt: 0 } },
              { hour: { type: 'integer', between: [1, 5] } },
              { echo: { type: 'boolean', required: true, default: false } },
              { policy: { type: 'string', default: 'local', one_of: ['local', 'redis'], len_min: 0 } },
              {
                auth: {
                  type: 'record',
                  required: true,
                  fields: [
                    { header_name: { type: 'string', referenceable: true } },
                    { header_value: { type: 'string', referenceable: true, encrypted: true } },
                  ],
                  entity_checks: [{ mutually_required: ['header_name', 'header_value'] }],
                },
              },
              {
                letters: {
                  type: 'array',
                  required: true,
                  default: [],
                  len_max: 2,
                  elements: { type: 'string', one_of: ['a'] },
                },
              },
              {
                headers: { type: 'map', keys: { type: 'string' }, values: { type: 'string', referenceable: true } },
              },
            ],
          },
        },
      ],
    });
  });

  it('a plugin names the scopes it refuses', () => {
    expect(pluginSchema({ ...DEFINITION, refusedScopes: ['consumer'] }).fields[0]).toEqual({
      consumer: expect.objectContaining({ type: 'foreign', reference: 'consumers', eq: null }),
    });
  });

  it('a plugin names the protocols it can be for', () => {
    expect(pluginSchema({ ...DEFINITION, protocols: ['http'] }).fields[0]).toEqual({
      protocols: expect.objectContaining({ elements: { type: 'string', one_of: ['http'] } }),
    });
  });

  it('a vault is that of its kind', () => {
    expect(vaultSchema('env')?.fields).toEqual([
      { config: { type: 'record', required: true, fields: expect.any(Array) } },
    ]);
  });

  it.each(['hcv', 'constructor', 'toString'])('there is none of the vault %s', (name) => {
    expect(vaultSchema(name)).toBeUndefined();
  });
});
