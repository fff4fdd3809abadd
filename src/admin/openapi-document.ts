import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { PRODUCT } from '../entities/product.js';
import { adminName, type Endpoint } from './entity-paths.js';
import { type JsonSchema, recordJsonSchema } from './json-schema.js';
import { KONG_VERSION } from './kong-version.js';

type Document = Readonly<Record<string, unknown>>;

/** The Admin API in the words of OpenAPI 3.1, made of the declarations it works by. */
export function openApiDocument(registry: EntityRegistry, endpoints: readonly Endpoint[]): Document {
  const writer = new OpenApiWriter(registry);
  return {
    openapi: '3.1.0',
    info: {
      title: `${PRODUCT.name} Admin API`,
      version: PRODUCT.version,
      description: `Compatible with the Admin API of Kong ${KONG_VERSION}. Fields that are not described are refused.`,
    },
    security: [{}, { token: [] }],
    paths: Object.fromEntries(endpoints.map((endpoint) => [endpoint.path, writer.path(endpoint)])),
    components: { schemas: writer.schemas(), securitySchemes: SECURITY },
  };
}

const SECURITY = { token: { type: 'apiKey', in: 'header', name: 'Kong-Admin-Token' } };

/** Methods that every path answers to, or that follow from GET. */
const IMPLIED = new Set(['HEAD', 'OPTIONS']);

const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const json = (schema: JsonSchema) => ({ content: { 'application/json': { schema } } });

const ERRORS = {
  400: { description: 'What was asked is wrong', ...json(reference('error')) },
  404: { description: 'There is no such thing', ...json(reference('message')) },
};

class OpenApiWriter {
  private readonly byName = new Map<string, EntityDefinition>();

  constructor(private readonly registry: EntityRegistry) {
    for (const definition of registry.entities()) {
      for (const name of [definition.name, adminName(definition), definition.nestedName]) {
        if (name !== undefined) this.byName.set(name, definition);
      }
    }
  }

  schemas(): Record<string, JsonSchema> {
    const schemas: Record<string, JsonSchema> = { error: ERROR, message: MESSAGE };
    for (const { singular, record } of this.registry.entities()) schemas[singular] = recordJsonSchema(record);
    const configs = this.registry.plugins().map(({ name, config }) => {
      schemas[`${name}-config`] = recordJsonSchema(config);
      return reference(`${name}-config`);
    });
    const plugin = schemas['plugin'];
    if (plugin && configs.length > 0) {
      const properties = { ...(plugin['properties'] as object), config: { anyOf: configs } };
      schemas['plugin'] = { ...plugin, properties };
    }
    return schemas;
  }

  path({ path, methods }: Endpoint): Document {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    const parameters = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
    const shown = methods.filter((method) => !IMPLIED.has(method));
    return {
      ...(parameters.length > 0 && { parameters }),
      ...Object.fromEntries(shown.map((method) => [method.toLowerCase(), this.operation(path, method)])),
    };
  }

  /** What is known of a path follows from its last part: a collection, one of its entities, or something of the node's. */
  private operation(path: string, method: string): Document {
    const parts = path.split('/').filter(Boolean);
    const last = parts.at(-1) ?? '';
    const isOne = last.startsWith('{');
    const definition = this.byName.get(isOne ? last.slice(1, -1) : last) ?? this.referenced(parts);
    if (!definition || parts[0] === 'schemas' || parts[0] === 'tags') return { responses: { 200: ANSWER, ...ERRORS } };
    const entity = reference(definition.singular);
    const one = { description: `The ${definition.singular}`, ...json(entity) };
    if (method === 'DELETE') return { responses: { 204: { description: 'It is not there any more' }, ...ERRORS } };
    if (method === 'POST') return { requestBody: body(entity), responses: { 201: one, ...ERRORS, 409: TAKEN } };
    if (method === 'PUT') return { requestBody: body(entity), responses: { 200: one, ...ERRORS, 409: TAKEN } };
    if (method === 'PATCH') return { requestBody: body({ type: 'object' }), responses: { 200: one, ...ERRORS } };
    const isList = !isOne && this.byName.has(last);
    return isList
      ? { parameters: PAGE_QUERY, responses: { 200: page(entity), ...ERRORS } }
      : { responses: { 200: one, ...ERRORS } };
  }

  /** `/routes/{routes}/service`: the last part is a field that refers to another kind. */
  private referenced(parts: readonly string[]): EntityDefinition | undefined {
    const [field, above] = [parts.at(-1), parts.at(-2)];
    if (!above?.startsWith('{')) return undefined;
    return this.registry.entities().find(({ singular }) => singular === field);
  }
}

const ANSWER = { description: 'The answer', ...json({ type: 'object' }) };

const TAKEN = { description: 'There is one like it already', ...json(reference('error')) };

const body = (schema: JsonSchema) => ({ required: true, ...json(schema) });

const page = (entity: JsonSchema) => ({
  description: 'A page of them',
  ...json({
    type: 'object',
    required: ['data', 'next'],
    properties: {
      data: { type: 'array', items: entity },
      next: { type: ['string', 'null'] },
      offset: { type: 'string' },
    },
  }),
});

const PAGE_QUERY = [
  { name: 'size', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } },
  { name: 'offset', in: 'query', schema: { type: 'string' } },
  { name: 'tags', in: 'query', description: '`a,b`: both; `a/b`: either', schema: { type: 'string' } },
];

const MESSAGE: JsonSchema = {
  type: 'object',
  required: ['message'],
  properties: { message: { type: 'string' } },
};

const ERROR: JsonSchema = {
  type: 'object',
  required: ['message'],
  properties: {
    code: { type: 'integer' },
    name: { type: 'string' },
    message: { type: 'string' },
    fields: { type: 'object', description: 'What is wrong, in the shape of what was sent.' },
  },
};
