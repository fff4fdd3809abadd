import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { recordSchema } from '../entities/record-schema.js';

/** What lies below an entity's path. */
export type Below =
  /** `/services/x/routes`: entities of `definition` whose `field` refers to the one above. */
  | { readonly kind: 'children'; readonly definition: EntityDefinition; readonly field: string }
  /** `/routes/x/service`: the entity of `definition` that the `field` of the one above refers to. */
  | { readonly kind: 'referenced'; readonly definition: EntityDefinition; readonly field: string };

/** A path with the methods it takes. */
export interface Endpoint {
  /** `/services/{services}/routes`. */
  readonly path: string;
  readonly methods: readonly string[];
}

const LIST = ['GET', 'HEAD', 'OPTIONS', 'POST'];
const ONE = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'];

/** Kinds that have no paths of their own: a membership is written through the group. */
const HIDDEN = new Set(['consumer_group_consumers']);
/** Kinds that are only reached through what they belong to. */
const NESTED_ONLY = new Set(['targets']);

/**
 * The paths of every kind of entity, as Kong derives them from the schemas: its collection, its entities, what refers to
 * them and what they refer to. Source: Kong kong/api/endpoints.lua.
 */
export class EntityPaths {
  readonly endpoints: readonly Endpoint[];
  private readonly collections = new Map<string, EntityDefinition>();
  private readonly below = new Map<string, Map<string, Below>>();

  constructor(registry: EntityRegistry) {
    const endpoints: Endpoint[] = [];
    const kinds = registry.entities().filter(({ name }) => !HIDDEN.has(name));
    for (const definition of kinds) {
      if (!NESTED_ONLY.has(definition.name)) {
        this.collections.set(adminName(definition), definition);
        endpoints.push({ path: `/${adminName(definition)}`, methods: LIST });
        endpoints.push({ path: pathOfOne(definition), methods: ONE });
      }
      for (const { name: field, schema } of recordSchema(definition.record).fields) {
        const other = schema.type === 'foreign' ? registry.entity(schema.reference) : undefined;
        if (other) endpoints.push(...this.relate(definition, field, other));
      }
    }
    this.endpoints = endpoints;
  }

  /** The kind whose collection has this name. */
  collection(name: string): EntityDefinition | undefined {
    return this.collections.get(name);
  }

  /** What lies below entities of a kind under a name. */
  belowEntity({ name }: EntityDefinition, part: string): Below | undefined {
    return this.below.get(name)?.get(part);
  }

  private relate(definition: EntityDefinition, field: string, other: EntityDefinition): Endpoint[] {
    const nested = definition.nestedName ?? adminName(definition);
    this.add(other, nested, { kind: 'children', definition, field });
    const endpoints = [
      { path: `${pathOfOne(other)}/${nested}`, methods: LIST },
      { path: `${pathOfOne(other)}/${nested}/{${definition.name}}`, methods: ONE },
    ];
    if (NESTED_ONLY.has(definition.name)) return endpoints;
    this.add(definition, field, { kind: 'referenced', definition: other, field });
    return [...endpoints, { path: `${pathOfOne(definition)}/${field}`, methods: ONE }];
  }

  private add(above: EntityDefinition, part: string, below: Below): void {
    const parts = this.below.get(above.name) ?? new Map<string, Below>();
    if (!parts.has(part)) parts.set(part, below);
    this.below.set(above.name, parts);
  }
}

export const adminName = ({ adminName: own, name }: EntityDefinition): string => own ?? name;

const pathOfOne = (definition: EntityDefinition): string => `/${adminName(definition)}/{${definition.name}}`;
