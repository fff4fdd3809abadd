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
  return flattenedErrors(refusal.kongError.fields, refusal.document ?? {}, registry);
}

describe('flattened errors', () => {
  it('list an entity with what it says of itself and all that is wrong with it', () => {
    const service = { id: ID, name: 'broken', tags: ['t'], protocol: 'tcp', host: 'a', path: '/x' };

    expect(flattened({ services: [{ host: 'fine' }, service] })).toEqual([
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
    const errors = flattened({
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
    const errors = flattened({ consumers: [{ username: 'a' }, { username: 'a' }] });

    expect(errors).toMatchObject([{ entity_type: 'consumer', errors: [{ type: 'entity' }] }]);
  });
});
