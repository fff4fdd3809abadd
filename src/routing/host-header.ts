/** The name in `name:port`, as Host headers and hosts of Routes are written. IPv6 addresses lose their brackets. */
export function hostName(host: string): string {
  const end = nameEnd(host);
  return host.startsWith('[') && host[end - 1] === ']' ? host.slice(1, end - 1) : host.slice(0, end);
}

/** The port in `name:port`; `undefined`: there is none. */
export function hostPort(host: string): number | undefined {
  const digits = host.slice(nameEnd(host) + 1);
  return digits === '' ? undefined : Number(digits);
}

/** Where the colon before the port is, or the end. Colons of a bare IPv6 address begin no port. */
function nameEnd(host: string): number {
  const colon = host.lastIndexOf(':');
  if (colon < 0) return host.length;
  const isAddress = host.startsWith('[') ? colon < host.indexOf(']') : host.indexOf(':') !== colon;
  if (isAddress) return host.length;
  for (let at = colon + 1; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return host.length;
  }
  return colon;
}
