import type { FieldSchema, RecordClass } from '../entities/field-schema.js';
import { isObject, recordSchema } from '../entities/record-schema.js';

type Step = string | number;

/** `config.headers[x-a][1]`, `paths[]`: a step of an array without an index is -1. Nothing an entity has is nested deeper. */
const DEEPEST = 16;
/** An index beyond this would make an array of holes. */
const HIGHEST_INDEX = 1000;

/**
 * What a form says: `config.key=v` nests, `paths[]=/a`, `paths[1]=/a` or a repeated name make lists, `headers[x-a]=v` and
 * `headers.x-a=v` make maps. Values stay texts. Source: Kong kong/api/arguments_decoder.lua.
 */
export function formRecord(fields: readonly (readonly [string, string])[]): Record<string, unknown> {
  const record: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of fields) put(record, stepsOf(name), value);
  return dense(record) as Record<string, unknown>;
}

function stepsOf(name: string): Step[] {
  const first = /^[^.[]+/.exec(name.slice(1));
  const head = name.slice(0, 1 + (first?.[0].length ?? 0));
  const steps: Step[] = [head];
  for (const [, dotted, bracketed] of name.slice(head.length).matchAll(/\.([^.[]+)|\[([^\][]*)\]/g)) {
    if (steps.length === DEEPEST) break;
    if (dotted !== undefined) steps.push(dotted);
    else if (bracketed === '') steps.push(-1);
    else steps.push(/^\d+$/.test(bracketed as string) ? Number(bracketed) - 1 : (bracketed as string));
  }
  return steps;
}

/** A list in the making: its elements may come in any order, with an index or without. */
class Elements {
  readonly byIndex = new Map<number, unknown>();
  private length = 0;

  /** An index below 0 is none: the value goes to the end. */
  set(index: number, value: unknown): void {
    const place = index < 0 ? this.length : Math.min(index, HIGHEST_INDEX);
    this.byIndex.set(place, value);
    this.length = Math.max(this.length, place + 1);
  }

  /** The record at an index, made where there is none. Without an index: the last one, which is still being written. */
  recordAt(index: number): Record<string, unknown> {
    const place = index < 0 ? Math.max(this.length - 1, 0) : index;
    const there = this.byIndex.get(Math.min(place, HIGHEST_INDEX));
    if (isRecord(there)) return there;
    const made = emptyRecord();
    this.set(place, made);
    return made;
  }
}

function put(record: Record<string, unknown>, [head, ...rest]: Step[], value: string): void {
  const name = String(head);
  if (name === '__proto__') return;
  const [step, ...below] = rest;
  if (step === undefined) {
    // A repeated name is a list.
    if (record[name] === undefined) record[name] = value;
    else listAt(record, name).set(-1, value);
  } else if (typeof step !== 'number') {
    const there = record[name];
    const member = isRecord(there) ? there : emptyRecord();
    record[name] = member;
    put(member, rest, value);
  } else if (below.length === 0) {
    listAt(record, name).set(step, value);
  } else {
    put(listAt(record, name).recordAt(step), below, value);
  }
}

const emptyRecord = () => Object.create(null) as Record<string, unknown>;
const isRecord = (value: unknown): value is Record<string, unknown> => isObject(value) && !(value instanceof Elements);

function listAt(record: Record<string, unknown>, name: string): Elements {
  const there = record[name];
  if (there instanceof Elements) return there;
  const list = new Elements();
  if (there !== undefined) list.set(0, there);
  record[name] = list;
  return list;
}

function dense(value: unknown): unknown {
  if (value instanceof Elements) {
    return [...value.byIndex].sort(([a], [b]) => a - b).map(([, element]) => dense(element));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, dense(member)]));
}

/** Gives a form's texts the types the record's fields have; what does not fit stays text, for the check to refuse. */
export function typedForm(given: Record<string, unknown>, record: RecordClass): Record<string, unknown> {
  const fields = new Map(recordSchema(record).fields.map(({ name, schema }) => [name, schema]));
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const schema = fields.get(name);
      return [name, schema ? typed(value, schema) : value];
    }),
  );
}

/** Source: Kong kong/api/arguments.lua, infer_value. */
function typed(value: unknown, schema: FieldSchema): unknown {
  if (value === '') return null;
  switch (schema.type) {
    case 'integer':
    case 'number':
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'array':
    case 'set':
      if (isObject(value)) return value;
      return (Array.isArray(value) ? (value as unknown[]) : [value]).map((element) => typed(element, schema.elements));
    case 'map':
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typed(member, schema.values)]));
    case 'record':
      return isObject(value) ? typedForm(value, schema.record) : value;
    case 'foreign':
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, member === '' ? null : member]));
    case 'string':
    case 'any':
      return value;
  }
}
