import { Decimal, Flag, Integer, MapOf, RecordOf, ReferenceTo, Text } from '../../entities/field.js';
import { text } from '../../entities/field-schema.js';
import { headerName } from '../../entities/field-types.js';
import { Rule } from '../../entities/record-rules.js';
import { isVaultReference } from '../../entities/record-schema.js';
import { luaFault } from '../../observability/custom-fields.js';

/** How lines wait, are batched and retried. Source: Kong kong/tools/queue_schema.lua. */
class QueueConfig {
  /** Lines sent with one request at most. With 1 each line is a JSON object of its own, else a request carries a JSON array. */
  @Integer({ between: [1, 1_000_000] }) max_batch_size = 1;

  /** Seconds a line may wait for others to fill its batch. */
  @Decimal({ between: [0, 3600] }) max_coalescing_delay = 1;

  /** Lines that wait at most; then the oldest are lost. */
  @Integer({ between: [1, 1_000_000] }) max_entries = 10_000;

  /** Bytes that wait at most; then the oldest lines are lost. */
  @Integer() max_bytes?: number;

  /** Seconds after which a batch that keeps failing is given up. A negative number: it is not tried again at all. */
  @Decimal() max_retry_time = 60;

  /** Seconds before the first retry; doubled for each further one. */
  @Decimal({ between: [0.001, 1_000_000] }) initial_retry_delay = 0.01;

  /** Seconds between two tries at most. */
  @Decimal({ between: [0.001, 1_000_000] }) max_retry_delay = 60;

  /** Requests under way at a time: one, or -1 for any number. */
  @Integer({ oneOf: [1, -1] }) concurrency_limit = 1;
}

@Rule(({ http_endpoint, headers }: Partial<HttpLogConfig>, report) => {
  if (typeof http_endpoint !== 'string' || isVaultReference(http_endpoint)) return;
  const names = Object.keys(headers ?? {});
  if (!names.some((name) => name.toLowerCase() === 'authorization')) return;
  if (!URL.parse(http_endpoint)?.username) return;
  report.entity("specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed");
})
export class HttpLogConfig {
  /** Where lines are sent. User info in it becomes an Authorization header. */
  @Text({ required: true, referenceable: true, encrypted: true, rule: endpoint }) http_endpoint!: string;

  /** The method of the requests that carry lines. */
  @Text({ oneOf: ['POST', 'PUT', 'PATCH'] }) method = 'POST';

  /** Their Content-Type. */
  @Text({ oneOf: ['application/json', 'application/json; charset=utf-8'] }) content_type = 'application/json';

  /** Milliseconds for connecting, and for the answer. */
  @Decimal() timeout = 10_000;

  /** Milliseconds an idle connection is kept. */
  @Decimal() keepalive = 60_000;

  /** Ignored; `queue.max_retry_time` says how long is tried. */
  @Integer() retry_count?: number;

  /** The former name of `queue.max_batch_size`. */
  @Integer() queue_size?: number;

  /** The former name of `queue.max_coalescing_delay`. */
  @Decimal() flush_timeout?: number;

  /** Further headers of the request. */
  @MapOf(text({ referenceable: true }), { keys: text({ rule: freeHeader }) }) headers?: Record<string, string>;

  /** How lines wait for the server. */
  @RecordOf(QueueConfig) queue = new QueueConfig();

  /** Lua code by the log field it computes; each chunk runs once per request and returns the field's value. */
  @MapOf(text({ rule: luaFault })) custom_fields_by_lua?: Record<string, string>;

  /** Whether the certificate of an `https` endpoint is verified. */
  @Flag() ssl_verify = true;

  /** The certificate shown to an `https` endpoint. */
  @ReferenceTo('certificates') client_certificate?: { id: string };
}

function endpoint(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed?.hostname) return 'missing host in url';
  if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return undefined;
  return `unknown scheme '${parsed.protocol.slice(0, -1)}' in url (known: http, https)`;
}

const OWN_HEADERS = ['Host', 'Content-Length', 'Content-Type'];

function freeHeader(name: string): string | undefined {
  const own = OWN_HEADERS.find((each) => each.toLowerCase() === name.toLowerCase());
  return own ? `cannot contain '${own}' header` : headerName(name);
}
