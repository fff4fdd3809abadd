import { kindOf } from '../ai/json/json-scan.js';
import { numberOfText } from '../lua/lua-text.js';
import { arrayOf, jsonText, objectIn } from './json-object.js';
import type { JsonType } from './rules.js';

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** A configured value as JSON of a type; `undefined`: it is no such value, so the rule does nothing. */
export function typedJson(bytes: string, type: JsonType): string | undefined {
  switch (type) {
    case 'string':
      return jsonText(bytes);
    case 'boolean':
      return String(bytes === 'true');
    case 'number': {
      // As written where JSON can have it so: no digit of a large number is lost.
      if (JSON_NUMBER.test(bytes)) return bytes;
      const number = numberOfText(bytes);
      return number === undefined || !Number.isFinite(number) ? undefined : String(number);
    }
  }
}

/**
 * A value with another one appended: a text and the new value make an array of two, an array grows, an object that has
 * members gets the first free of "1", "2" …, anything else gives way to an array of one (Kong: access.lua, append_value).
 */
export function appendedJson(old: string | undefined, value: string): string {
  switch (old === undefined ? 'null' : kindOf(old[0])) {
    case 'string':
      return arrayOf([old as string, value]);
    case 'array': {
      const inside = (old as string).slice(1, -1);
      return inside.trim() === '' ? arrayOf([value]) : arrayOf([inside, value]);
    }
    case 'object':
      return withNumberedMember(old as string, value);
    default:
      return arrayOf([value]);
  }
}

function withNumberedMember(old: string, value: string): string {
  const object = objectIn(old);
  if (!object) return old;
  // To Lua an empty object and an empty list are the same table, and what is appended makes it a list.
  if (object.names.length === 0) return arrayOf([value]);
  const taken = new Set(object.names);
  let number = 1;
  while (taken.has(String(number))) number++;
  object.set(String(number), value);
  return object.toBuffer().toString('latin1');
}
