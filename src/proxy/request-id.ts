import { randomFillSync } from 'node:crypto';

const BYTES = 16;
// Filled for 256 ids at once: one call into the system's generator per request is a cost that shows in a profile.
const pool = Buffer.alloc(BYTES * 256);
let used = pool.length;

/** A request's id: 32 lower-case hex digits, as Kong's. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += BYTES;
  return pool.toString('hex', used - BYTES, used);
}
