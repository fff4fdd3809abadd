export type BodyKind = 'json' | 'form' | 'multipart';

/** What a body is taken for: by a word in its Content-Type, in any case. `undefined`: it is left alone. */
export function bodyKindOf(contentType: string | undefined): BodyKind | undefined {
  const type = contentType?.toLowerCase();
  if (type?.includes('application/json')) return 'json';
  if (type?.includes('multipart/form-data')) return 'multipart';
  return type?.includes('application/x-www-form-urlencoded') ? 'form' : undefined;
}
