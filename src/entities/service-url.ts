import { hostFromUrl } from './host.js';

/**
 * The shorthand `url` of a Service, written in place of protocol, host, port and path, over which it wins. Read as loosely
 * as Kong does (socket.url): what is missing stays missing, for the fields' own checks to tell.
 */
export function unfoldUrl(written: Record<string, unknown>): { url: string } | undefined {
  const { url } = written;
  if (url === undefined) return undefined;
  if (url === '') return { url: 'length must be at least 1' };
  if (url !== null && typeof url !== 'string') return { url: 'expected a string' };
  delete written['url'];
  if (url === null) return undefined;
  const [, scheme, authority, path] = URL_PARTS.exec(url) as unknown as (string | undefined)[];
  const [, host, port] = AUTHORITY.exec(authority ?? '') ?? [];
  const givenPort = port === undefined || port === '' ? undefined : Number(port);
  const protocol = scheme ?? (givenPort === 443 ? 'https' : 'http');
  written['protocol'] = protocol;
  written['host'] = host === undefined || host === '' ? null : hostFromUrl(host);
  written['port'] = givenPort ?? (protocol === 'https' ? 443 : 80);
  written['path'] = path === undefined || path === '' ? null : path;
  return undefined;
}

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)/;
/** Of several colons the last stands before the port; what is before it is for the host's own check. */
const AUTHORITY = /^(?:[^@]*@)?(\[[^\]]*\]|.*?)(?::(\d*))?$/;
