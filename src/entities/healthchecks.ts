import { Decimal, Flag, Integer, ListOf, MapOf, RecordOf, Text } from './field.js';
import { integer, listOf, text } from './field-schema.js';
import { headerName, pathOfUrl, sniName } from './field-types.js';

/** Health checks of an Upstream. Source: Kong kong/db/schema/entities/upstreams.lua. Times are seconds, as in Kong. */

const TYPES = ['tcp', 'http', 'https', 'grpc', 'grpcs'] as const;
const status = integer({ between: [100, 999] });
/** Kong counts in one byte. */
const COUNT = { between: [0, 255] } as const;
const SECONDS = { between: [0, 65535] } as const;

class ActiveHealthy {
  /** Between two probes of a healthy target; 0: none are made. */
  @Decimal(SECONDS) interval = 0;
  @ListOf(status) http_statuses = [200, 302];
  /** Successes that make a target healthy; 0: none ever do. */
  @Integer(COUNT) successes = 0;
}

class ActiveUnhealthy {
  /** Between two probes of an unhealthy target; 0: none are made. */
  @Decimal(SECONDS) interval = 0;
  @ListOf(status) http_statuses = [429, 404, 500, 501, 502, 503, 504, 505];
  @Integer(COUNT) tcp_failures = 0;
  @Integer(COUNT) timeouts = 0;
  @Integer(COUNT) http_failures = 0;
}

/** Asking each target regularly. */
export class ActiveChecks {
  @Text({ oneOf: TYPES }) type: (typeof TYPES)[number] = 'http';
  @Decimal(SECONDS) timeout = 1;
  /** Probes under way at once. */
  @Integer({ between: [1, 2147483648] }) concurrency = 10;
  @Text({ rule: pathOfUrl }) http_path = '/';
  /** Server name for https probes; the target's host when left out. */
  @Text({ rule: sniName }) https_sni?: string;
  @Flag({ required: true }) https_verify_certificate = true;
  @MapOf(listOf(text()), { keys: text({ rule: headerName }) }) headers?: Record<string, string[]>;
  @RecordOf(ActiveHealthy, { required: true }) healthy!: ActiveHealthy;
  @RecordOf(ActiveUnhealthy, { required: true }) unhealthy!: ActiveUnhealthy;
}

class PassiveHealthy {
  @ListOf(status) http_statuses = [
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308,
  ];
  @Integer(COUNT) successes = 0;
}

class PassiveUnhealthy {
  @ListOf(status) http_statuses = [429, 500, 503];
  @Integer(COUNT) tcp_failures = 0;
  @Integer(COUNT) timeouts = 0;
  @Integer(COUNT) http_failures = 0;
}

/** Judging by real traffic. */
export class PassiveChecks {
  @Text({ oneOf: TYPES }) type: (typeof TYPES)[number] = 'http';
  @RecordOf(PassiveHealthy, { required: true }) healthy!: PassiveHealthy;
  @RecordOf(PassiveUnhealthy, { required: true }) unhealthy!: PassiveUnhealthy;
}

export class Healthchecks {
  /** Percentage of available weight that must be exceeded for the Upstream to count as healthy. */
  @Decimal({ between: [0, 100] }) threshold = 0;
  @RecordOf(ActiveChecks, { required: true }) active!: ActiveChecks;
  @RecordOf(PassiveChecks, { required: true }) passive!: PassiveChecks;
}
