/** Whether a Content-Type says JSON: `application/json` with any parameters, in a list as well. */
export function isJsonType(contentType: string | undefined): boolean {
  return contentType?.split(',').some((type) => /^\s*application\/json\s*(?:;|$)/i.test(type)) ?? false;
}
