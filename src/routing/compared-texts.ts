import { isUtf8Text } from '../entities/byte-string.js';
import type { Route } from '../entities/route.js';
import { fieldsIn, readExpression } from '../entities/route-expression.js';
import { fieldType } from '../entities/route-expression-field.js';
import { textReader } from './expression-fields.js';
import type { Lookup } from './lookup.js';
import { isExpression } from './route-precedence.js';
import type { RouterRules } from './router-rules.js';

/** Texts that a listener lets through in ASCII only. */
const ALWAYS_READABLE = new Set(['http.method', 'net.protocol', 'tls.sni']);

/**
 * The texts of a request that any Route of a table compares. Kong's router gives up on a request as soon as one of them is
 * not UTF-8, whichever Route it would have found: the client gets a 404 (kong/router/atc.lua, Kong/atc-router src/ffi.rs).
 * Flavor `traditional` compares bytes and asks for nothing.
 */
export class ComparedTexts {
  private constructor(private readonly readers: readonly ReturnType<typeof textReader>[]) {}

  static of(routes: readonly Route[], { flavor }: RouterRules): ComparedTexts {
    if (flavor === 'traditional') return new ComparedTexts([]);
    const fields = new Set(routes.flatMap(fieldsOf));
    const texts = [...fields].filter((field) => fieldType(field) === 'String' && !ALWAYS_READABLE.has(field));
    return new ComparedTexts(texts.map(textReader));
  }

  areReadable(lookup: Lookup): boolean {
    for (const read of this.readers) {
      const value = read(lookup);
      if (typeof value === 'string' ? !isUtf8Text(value) : value && !value.every(isUtf8Text)) return false;
    }
    return true;
  }
}

function fieldsOf(route: Route): string[] {
  if (isExpression(route)) {
    const expression = readExpression(route.expression);
    return 'problem' in expression ? [] : fieldsIn(expression);
  }
  const { paths, hosts, headers } = route;
  const named = Object.keys(headers ?? {}).map((name) => `http.headers.${name.toLowerCase().replaceAll('-', '_')}`);
  return [...(paths?.length ? ['http.path'] : []), ...(hosts?.length ? ['http.host'] : []), ...named];
}
