import { HttpException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EntityDefinition } from '../entities/entity.js';
import type { EntityRegistry } from '../entities/entity-registry.js';
import { type EntityBase } from '../entities/field-types.js';
import { isObject } from '../entities/record-schema.js';
import { UUID } from '../entities/uuid.js';
import { fieldOf } from '../store/entity-key.js';
import { typedForm } from './form-record.js';
import { sentBody } from './sent-body.js';

export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an entity as a request gives them. */
export interface SentFields {
  readonly fields: Fields;
  /** Whether every value is still text, because a form has no other. */
  readonly form: boolean;
}

export function sentFields(request: FastifyRequest): SentFields {
  const { body } = request;
  if (body !== undefined && !isObject(body)) throw new HttpException({ message: 'Cannot parse JSON body' }, 400);
  return { fields: body ?? {}, form: sentBody(request).form === 'form' };
}

/** The fields with the types they have in the schema. `before`: the entity they are to change. */
export function typedFields(
  { fields, form }: SentFields,
  definition: EntityDefinition,
  registry: EntityRegistry,
  before?: EntityBase,
): Fields {
  if (!form) return fields;
  const typed = typedForm(fields, definition.record);
  const { config } = typed;
  if (definition.name !== 'plugins' || !isObject(config)) return typed;
  const plugin = registry.plugin(String(typed['name'] ?? (before && fieldOf(before, 'name'))));
  return plugin ? { ...typed, config: typedForm(config, plugin.config) } : typed;
}

/** A Certificate that is put by one of its names has that name; one that is put without names has none. */
export function certificateFields(fields: Fields, part: string): Fields {
  const { snis } = fields;
  if (UUID.test(part)) return { ...fields, snis: snis ?? null };
  const names = Array.isArray(snis) ? (snis as unknown[]) : snis == null ? [] : [snis];
  return { ...fields, snis: names.includes(part) ? names : [...names, part] };
}
