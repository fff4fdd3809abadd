import { describe, expect, it } from '@jest/globals';
import { coreRegistry } from '../entities/core-entities.js';
import { type Refusal, readDeclarative } from './declarative-reader.js';
import { flattenedErrors } from './flattened-errors.js';

const registry = coreRegistry();
const ID = '3f6c9b3e-5d53-4c6a-9a52-0f6d2f5f7c11';

function flattened(file: object) {
  const text = JSON.stringify({ _format_version: '3.0', ...file });
  const refusal = readDeclarative([{ file: undefined, text }], {
    registry,
    enabledPlugins: new Set(),
    environment: {},
    now: 0,
  }) as Refusal;
  const { fields } = refusal.kongError;
  const { errors, told } = flattenedErrors(fields, refusal.document ?? {}, registry);
  return { errors, left: Object.keys(fields).filter((name) => !told.has(name)) };
}

describe('flattened errors', () => {
  it('list an entity with what it says of itself and all that is wrong with it', () => {
    const service = { id: ID, name: 'broken', tags: ['t'], protocol: 'tcp', host: 'a', path: '/x' };

    expect(flattened({ services: [{ host: 'fine' }, service] }).errors).toEqual([
      {
        entity_type: 'service',
        entity_id: ID,
        entity_name: 'broken',
        entity_tags: ['t'],
        entity: service,
        errors: [
          { type: 'field', field: 'path', message: 'value must be null' },
          { type: 'entity', message: "failed conditional validation given value of field 'protocol'" },
        ],
      },
    ]);
  });

  it('list nested entities in their own right, with a reference to what they are in', () => {
    const { errors } = flattened({
      services: [{ id: ID, host: 'a', routes: [{ name: 'r', paths: ['/', 'x'], plugins: [{ name: 'nobody' }] }] }],
    });

    expect(errors).toEqual([
      {
        entity_type: 'plugin',
        entity_name: 'nobody',
        entity: { name: 'nobody' },
        errors: [
          {
            type: 'field',
            field: 'name',
            message: "plugin 'nobody' not enabled; add it to the 'plugins' configuration property",
          },
        ],
      },
      {
        entity_type: 'route',
        entity_name: 'r',
        entity: { name: 'r', paths: ['/', 'x'], service: { id: ID } },
        errors: [{ type: 'field', field: 'paths.2', message: 'should start with: / (fixed path) or ~/ (regex path)' }],
      },
    ]);
  });

  it('take a name that is declared twice for an error of the entity', () => {
    const { errors } = flattened({ consumers: [{ username: 'a' }, { username: 'a' }] });

    expect(errors).toMatchObject([
      {
        entity_type: 'consumer',
        errors: [
          {
            type: 'entity',
            message: "uniqueness violation: 'consumers' entity with username set to 'a' already declared",
          },
        ],
      },
    ]);
  });

  it('name the id that an entity turned out to share with another', () => {
    const targets = [{ target: '127.0.0.1:80' }, { target: '127.0.0.1:80', tags: ['second'] }];
    const [error] = flattened({ upstreams: [{ name: 'u', targets }] }).errors;

    expect(error).toMatchObject({ entity_type: 'target', entity_tags: ['second'] });
    expect(error?.errors).toEqual([
      {
        type: 'entity',
        message: `uniqueness violation: 'targets' entity with primary key set to '${error?.entity_id}' already declared`,
      },
    ]);
  });

  it('leave to the rest of the answer what is wrong with no entity', () => {
    expect(flattened({ services: [{}], consumers: ['x'], nonsense: 1 })).toMatchObject({
      errors: [{ entity_type: 'service' }],
      left: ['nonsense', 'consumers'],
    });
  });
});
