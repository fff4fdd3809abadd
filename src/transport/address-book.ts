import type { UpstreamAddress } from './attempt.js';

/** DNS that rotates, and hosts and names that come with requests, must not grow a book without end. */
const MOST_KEPT = 1000;

/** Addresses by what tells them apart for whoever keeps the book. One object for each, because connections are known by it. */
export class AddressBook {
  private readonly addresses = new Map<string, UpstreamAddress>();

  get(key: string): UpstreamAddress | undefined {
    return this.addresses.get(key);
  }

  add(key: string, address: UpstreamAddress): UpstreamAddress {
    if (this.addresses.size >= MOST_KEPT) this.addresses.clear();
    this.addresses.set(key, address);
    return address;
  }
}
