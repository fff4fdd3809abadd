/**
 * The authority of a target that is an absolute URL, and what follows it; `undefined`: it is none. As nginx reads it: any
 * scheme, a plain name or a bracketed address, digits for a port.
 */
export function absoluteTarget(target: string): { readonly authority: string; readonly rest: string } | undefined {
  const found = ABSOLUTE.exec(target);
  return found ? { authority: found[1] as string, rest: found[2] ?? '' } : undefined;
}

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/((?:[a-z0-9.-]+|\[[a-z0-9.:]+\])(?::\d*)?)([/?].*)?$/i;

/** `GET http://host/path` asks for `/path` of that host (RFC 9112, 3.2.2); the host is the connection facts' business. */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const absolute = absoluteTarget(target);
  if (!absolute) return target;
  return absolute.rest.startsWith('/') ? absolute.rest : `/${absolute.rest}`;
}
