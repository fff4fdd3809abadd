/**
 * The shorthand `url` of a Service, written in place of protocol, host, port and path, over which it wins. Read as loosely
 * as Kong does (socket.url): what is missing stays missing, for the fields' own checks to tell.
 */
export function unfoldUrl(given: Record<string, unknown>): void {
  const { url } = given;
  if (typeof url !== 'string') return;
  delete given['url'];
  const [, scheme, authority, path] = URL_PARTS.exec(url) as unknown as (string | undefined)[];
  const [, host, port] = AUTHORITY.exec(authority ?? '') ?? [];
  const givenPort = port === undefined || port === '' ? undefined : Number(port);
  const protocol = scheme ?? (givenPort === 443 ? 'https' : 'http');
  given['protocol'] = protocol;
  given['host'] = host === undefined || host === '' ? undefined : host.replace(/^\[(.*)\]$/, '$1');
  given['port'] = givenPort ?? (protocol === 'https' ? 443 : 80);
  given['path'] = path === undefined || path === '' ? null : path;
}

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/;
const AUTHORITY = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;
