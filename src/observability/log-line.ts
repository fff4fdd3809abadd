import type { LoggedEntity, LogRecord } from '../pdk/log-record.js';

const texts = new WeakMap<LoggedEntity, string>();

/**
 * A record as JSON. The Route and the Service are a third of it and the same for every request, so their text is kept;
 * where a log field changed one of them the record holds a copy, which is written anew.
 */
export function logLine({ route, service, ...others }: LogRecord): string {
  const text = JSON.stringify(others);
  if (route === undefined && service === undefined) return text;
  let line = text.slice(0, -1);
  if (route !== undefined) line += `,"route":${textOf(route)}`;
  if (service !== undefined) line += `,"service":${textOf(service)}`;
  return `${line}}`;
}

function textOf(entity: LoggedEntity): string {
  // Custom fields may put anything in an entity's place.
  if (typeof entity !== 'object' || entity === null) return JSON.stringify(entity);
  const known = texts.get(entity);
  if (known !== undefined) return known;
  const text = JSON.stringify(entity);
  // What is frozen is shared between records and stays as it is; see `serialize`.
  if (Object.isFrozen(entity)) texts.set(entity, text);
  return text;
}
