import { BlockList, isIP } from 'node:net';

/** IP addresses and CIDR blocks, as a setting lists them. */
export class AddressList {
  private readonly blocks: BlockList | undefined;

  /** Entries that are no addresses, such as `unix:`, are for others to make sense of. */
  constructor(entries: readonly string[]) {
    const addresses = entries.filter((entry) => isIP(entry.split('/')[0] as string) > 0);
    if (addresses.length === 0) return;
    this.blocks = new BlockList();
    for (const entry of addresses) {
      const [address, bits] = entry.split('/') as [string, string | undefined];
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.blocks.addAddress(address, family);
      else this.blocks.addSubnet(address, Number(bits), family);
    }
  }

  has(ip: string): boolean {
    const family = isIP(ip);
    return family > 0 && this.blocks !== undefined && this.blocks.check(ip, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** An IPv4 address as such, where a socket for both families tells it in the form of IPv6. */
export const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);
