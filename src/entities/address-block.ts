import { isIP } from 'node:net';

/** An IP address or a CIDR block. */
export function addressBlock(text: string): string | undefined {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  const fits = /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest;
  return isIP(address) > 0 && rest.length === 0 && fits ? undefined : `invalid ip or cidr range: '${text}'`;
}
