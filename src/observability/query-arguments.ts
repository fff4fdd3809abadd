import { unescape as decoded } from 'node:querystring';

/** Kong's `lua_max_uri_args`: what comes after is not looked at. */
const MOST_ARGUMENTS = 100;

type Argument = string | true;
export type QueryArguments = Readonly<Record<string, Argument | Argument[]>>;

const NONE: QueryArguments = Object.freeze({});

/**
 * A query string as Kong logs it: decoded (`+` is a space, broken escapes stay as they are), repeated names as arrays, a
 * name without `=` as `true`.
 */
export function queryArguments(query: string | undefined): QueryArguments {
  if (!query) return NONE;
  const found: Record<string, Argument | Argument[]> = {};
  let start = 0;
  for (let count = 0; count < MOST_ARGUMENTS && start < query.length; start++) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand < 0 ? query.length : ampersand;
    const equals = query.indexOf('=', start);
    const hasValue = equals >= 0 && equals < end;
    const name = plain(query.slice(start, hasValue ? equals : end));
    if (name !== '') {
      append(found, name, hasValue ? plain(query.slice(equals + 1, end)) : true);
      count++;
    }
    start = end;
  }
  return found;
}

function append(found: Record<string, Argument | Argument[]>, name: string, value: Argument): void {
  // Names come from strangers: `constructor` and `__proto__` are arguments like any other.
  const before = Object.hasOwn(found, name) ? found[name] : undefined;
  if (before === undefined) {
    if (name === '__proto__') Object.defineProperty(found, name, { value, enumerable: true, writable: true });
    else found[name] = value;
  } else if (Array.isArray(before)) before.push(value);
  else found[name] = [before, value];
}

function plain(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? decoded(spaced) : spaced;
}
