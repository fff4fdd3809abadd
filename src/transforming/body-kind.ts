/** The kinds of bodies whose parts have names. */
export type BodyKind = 'json' | 'form' | 'multipart';

/**
 * What a body is taken for: by a word in its Content-Type, in any case. `undefined`: it is left alone. `jsonSuffix`: types
 * like `application/scim+json` are JSON, too.
 */
export function bodyKindOf(contentType: string | undefined, jsonSuffix = false): BodyKind | undefined {
  const type = contentType?.toLowerCase();
  if (type?.includes('application/json')) return 'json';
  if (jsonSuffix && type && /^application\/[^;,\s]+\+json(?![^;,\s])/.test(type)) return 'json';
  if (type?.includes('multipart/form-data')) return 'multipart';
  return type?.includes('application/x-www-form-urlencoded') ? 'form' : undefined;
}
