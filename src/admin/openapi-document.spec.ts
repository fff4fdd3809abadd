import { describe, expect, it } from '@jest/globals';
import { coreRegistry } from '../entities/core-entities.js';
import { Text } from '../entities/field.js';
import { EntityPaths } from './entity-paths.js';
import { openApiDocument } from './openapi-document.js';

class EchoConfig {
  @Text({ required: true, oneOf: ['a', 'b'] }) mode!: string;
  @Text({ oneOf: ['x'] }) other = 'x';
}

interface Document {
  readonly paths: Record<
    string,
    Record<string, { parameters?: { name: string }[]; responses: Record<string, unknown> }>
  >;
  readonly components: { schemas: Record<string, { properties: Record<string, unknown>; required: string[] }> };
}

function document(): Document {
  const registry = coreRegistry();
  registry.addPlugin({ name: 'echo', priority: 1, config: EchoConfig, version: '1' });
  return openApiDocument(registry, new EntityPaths(registry).endpoints) as unknown as Document;
}

describe('the OpenAPI document', () => {
  it('has every path of every kind of entity, with the parameters its name has', () => {
    const { paths } = document();

    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/services',
        '/services/{services}',
        '/consumers/{consumers}/key-auth/{keyauth_credentials}',
      ]),
    );
    for (const [path, item] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = item['parameters'] as unknown as { name: string }[] | undefined;
      expect((parameters ?? []).map(({ name }) => name)).toEqual(named);
    }
  });

  it('refers only to what is there', () => {
    const text = JSON.stringify(document());
    const { schemas } = document().components;

    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name as string);
    expect(references.length).toBeGreaterThan(100);
    expect([...new Set(references)].filter((name) => !(name in schemas))).toEqual([]);
  });

  it('describes fields by the declarations they are checked by', () => {
    const { service, plugin, 'echo-config': config } = document().components.schemas;

    expect(service).toMatchObject({
      required: expect.arrayContaining(['host']),
      properties: {
        port: { type: 'integer', minimum: 0, maximum: 65535, default: 80 },
        retries: { type: ['integer', 'null'], default: 5 },
        tags: { type: ['array', 'null'], uniqueItems: true },
      },
    });
    expect(service?.required).not.toContain('port');
    expect(config).toMatchObject({
      required: ['mode'],
      properties: {
        mode: { type: 'string', enum: ['a', 'b'] },
        other: { type: ['string', 'null'], enum: ['x', null], default: 'x' },
      },
    });
    expect(plugin?.properties['config']).toEqual({ anyOf: [{ $ref: '#/components/schemas/echo-config' }] });
  });

  it('tells lists from single entities', () => {
    const { paths } = document();

    expect(paths['/services']?.['get']?.parameters?.map(({ name }) => name)).toEqual(['size', 'offset', 'tags']);
    expect(paths['/services/{services}']?.['get']?.parameters).toBeUndefined();
    expect(Object.keys(paths['/services']?.['post']?.responses ?? {})).toEqual(['201', '400', '404', '409']);
    expect(JSON.stringify(paths['/routes/{routes}/service']?.['get'])).toContain('#/components/schemas/service"');
  });
});
