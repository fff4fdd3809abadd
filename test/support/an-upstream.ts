import { entityDefinition } from '../../src/entities/entity.js';
import { recordSchema } from '../../src/entities/record-schema.js';
import { Target } from '../../src/entities/target.js';
import { Upstream } from '../../src/entities/upstream.js';

let ids = 0;
const nextId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

/** An Upstream with Kong's defaults for all that the test does not talk about. */
export function anUpstream(fields: Record<string, unknown> = {}): Upstream {
  return anEntity(Upstream, { id: nextId(), name: 'up.test', ...fields });
}

/** `host:port` with Kong's default weight, of nobody's Upstream: a balancer is given its Targets. */
export function aTarget(target: string, fields: Record<string, unknown> = {}): Target {
  return anEntity(Target, { id: nextId(), target, upstream: { id: nextId() }, ...fields });
}

/** An entity as a loader would make it of these fields. */
export function anEntity<T>(record: new () => T, given: Record<string, unknown>): T {
  const { unfold, complete } = entityDefinition(record);
  unfold?.(given);
  complete?.(given);
  const { value, error } = recordSchema<T>(record).check({ created_at: 1, updated_at: 1, ...given });
  if (error !== undefined) throw new Error(`not a ${record.name}: ${JSON.stringify(error)}`);
  return value;
}
