/** The name in `name:port`, as Host headers and hosts of Routes are written. IPv6 addresses lose their brackets. */
export function hostName(host: string): string {
  const end = nameEnd(host);
  if (host.startsWith('[') && host[end - 1] === ']') return host.slice(1, end - 1);
  return end === host.length ? host : host.slice(0, end);
}

/** The port in `name:port`; `undefined`: there is none. */
export function hostPort(host: string): number | undefined {
  const end = nameEnd(host);
  return end + 1 < host.length ? Number(host.slice(end + 1)) : undefined;
}

/** Where the colon before the port is, or the end. Colons of a bare IPv6 address begin no port. */
function nameEnd(host: string): number {
  const colon = host.startsWith('[') ? host.indexOf(':', Math.max(host.indexOf(']'), 0)) : host.indexOf(':');
  return colon >= 0 && isNumber(host, colon + 1) ? colon : host.length;
}

function isNumber(host: string, start: number): boolean {
  for (let at = start; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}
