/**
 * Whether a Content-Type says JSON: `application/json`, or a type that is written as JSON (`application/problem+json`), with
 * any parameters, in a list as well (Kong: tools/mime_type.lua, includes).
 */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType?.split(',').some((type) => /^\s*application\/(?:[^\s;/]+\+)?json\s*(?:;|$)/i.test(type)) ?? false;
}
