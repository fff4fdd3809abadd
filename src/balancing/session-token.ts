import type { Candidate } from './algorithm.js';
import { xxh32 } from './xxh32.js';

/** What a client is given to come back to this candidate: the same in every gateway, and no address to read from it. */
export function sessionToken({ id, ringName = id }: Candidate): string {
  return xxh32(`session ${ringName}`).toString(16).padStart(8, '0');
}
