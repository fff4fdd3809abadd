import { Integer, SetOf, Text } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';
import { type Milliseconds, milliseconds } from '../../entities/units.js';

const ALGORITHMS = [
  'consistent-hashing',
  'least-connections',
  'lowest-latency',
  'lowest-usage',
  'priority',
  'round-robin',
  'semantic',
];
const CRITERIA = [
  'error',
  'http_403',
  'http_404',
  'http_429',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'invalid_header',
  'non_idempotent',
  'timeout',
];
const STRATEGIES = ['completion-tokens', 'cost', 'llm-accuracy', 'prompt-tokens', 'total-tokens'];
const TIMEOUT = { between: [1, 2147483646] } as const;
const COUNT = { between: [0, 32767] } as const;

/** How requests are spread over the targets, and what happens when one fails. */
export class BalancerConfig {
  /** How a target is chosen. */
  @Text({ oneOf: ALGORITHMS }) algorithm = 'round-robin';
  /** Further tries after the first one failed. */
  @Integer(COUNT) retries = 5;
  /** Until a connection is there, in milliseconds like all of these. */
  @Integer(TIMEOUT) connect_timeout: Milliseconds = milliseconds(60000);
  /** Until the answer's head, and between two pieces of a stream; left at 60000, a stream may be silent for 300000. */
  @Integer(TIMEOUT) read_timeout: Milliseconds = milliseconds(60000);
  /** Between two pieces of a request's body. */
  @Integer(TIMEOUT) write_timeout: Milliseconds = milliseconds(60000);
  /** After which failures another target is tried. POST requests that were sent are repeated with `non_idempotent` only. */
  @SetOf(text({ oneOf: CRITERIA })) failover_criteria = ['error', 'timeout'];
  /** Failures after which a target is left out for `fail_timeout`; 0: never. */
  @Integer(COUNT) max_fails = 0;
  /** How long a target is left out. */
  @Integer(TIMEOUT) fail_timeout: Milliseconds = milliseconds(10000);
  /** consistent-hashing: the request header whose value decides. */
  @Text() hash_on_header = 'X-Kong-LLM-Request-ID';
  /** consistent-hashing: size of the ring. */
  @Integer({ between: [10, 65536] }) slots = 10000;
  /** lowest-latency: time per completion token, or the whole time. */
  @Text({ oneOf: ['e2e', 'tpot'] }) latency_strategy: 'tpot' | 'e2e' = 'tpot';
  /** lowest-usage: what is compared. */
  @Text({ oneOf: STRATEGIES }) tokens_count_strategy = 'total-tokens';
}
