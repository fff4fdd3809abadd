import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/** The addresses a hosts file gives its names, by name in lower case; IPv4 ones first. A file that is not there has none. */
export function readHostsFile(path: string): ReadonlyMap<string, readonly string[]> {
  return parseHostsFile(textOf(path));
}

function parseHostsFile(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [ip, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (ip === undefined || isIP(ip) === 0) continue;
    for (const name of names) {
      const ips = hosts.get(name.toLowerCase()) ?? [];
      if (!ips.includes(ip)) ips.push(ip);
      hosts.set(name.toLowerCase(), ips);
    }
  }
  // Every system knows this name, even one without a hosts file (RFC 6761).
  if (!hosts.has('localhost')) hosts.set('localhost', ['127.0.0.1']);
  for (const [name, ips] of hosts) {
    const ipv4 = ips.filter((ip) => isIP(ip) === 4);
    // Kong asks for IPv6 only where there is nothing else, and many a server listens on 127.0.0.1 alone.
    if (ipv4.length > 0) hosts.set(name, ipv4);
  }
  return hosts;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`the hosts file '${path}' cannot be read`, { cause: error });
  }
}
