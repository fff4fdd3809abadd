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

/** A query string in which the values of these parameters do not show. All else stays as it was written. */
export function withValuesHidden(query: string, names: readonly string[]): string {
  const hidden = (argument: string) => {
    const equals = argument.indexOf('=');
    return equals >= 0 && names.includes(plain(argument.slice(0, equals)))
      ? `${argument.slice(0, equals)}=REDACTED`
      : argument;
  };
  return query.split('&').map(hidden).join('&');
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
