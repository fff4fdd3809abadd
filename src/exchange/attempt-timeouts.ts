import type { Service } from '../entities/service.js';
import { type Milliseconds, milliseconds } from '../entities/units.js';
import type { AttemptTimeouts } from '../transport/attempt.js';

/** Kong's default for every time-out. */
export const KONG_DEFAULT = milliseconds(60_000);

/**
 * How long a stream may be silent where nobody said otherwise. Reasoning models are for minutes, and a Codex whose stream
 * breaks sends everything six times; its own limit is the same.
 */
const SILENCE = milliseconds(300_000);

/**
 * `read` counts until the response's head and then between two pieces of its body, as Kong's does, except for Kong's default:
 * it stands for "nobody chose this". It cannot be told from a 60000 that somebody wrote, because decK fills defaults in before
 * it sends a file; 60001 asks for a minute in both places.
 */
export const attemptTimeouts = (connect: Milliseconds, read: Milliseconds, write: Milliseconds): AttemptTimeouts => ({
  connect,
  head: read,
  idle: read === KONG_DEFAULT ? SILENCE : read,
  write,
});

const NO_SERVICE = attemptTimeouts(KONG_DEFAULT, KONG_DEFAULT, KONG_DEFAULT);
const ofServices = new WeakMap<Service, AttemptTimeouts>();

/** The time-outs a Service's own settings give. */
export function serviceTimeouts(service: Service | undefined): AttemptTimeouts {
  if (!service) return NO_SERVICE;
  let timeouts = ofServices.get(service);
  if (!timeouts) {
    const { connect_timeout, read_timeout, write_timeout } = service;
    timeouts = attemptTimeouts(connect_timeout, read_timeout, write_timeout);
    ofServices.set(service, timeouts);
  }
  return timeouts;
}
