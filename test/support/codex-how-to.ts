import type { FakeUpstream } from './fake-upstream.js';
import { UPSTREAM_KEY } from './fake-upstream.js';
import type { GatewayFiles } from './start-gateway.js';

export interface HowToChanges {
  /** Where the provider is; several make several targets. An URL reaches what is no FakeUpstream. */
  readonly upstream: FakeUpstream | string | readonly (FakeUpstream | string)[];
  readonly routeType?: string;
  /** Members of the Service beside name and url, such as time-outs. */
  readonly service?: object;
  /** Members of the Route in place of the how-to's. */
  readonly route?: object;
  /** Members of the AI plugin's `config` in place of the how-to's. */
  readonly ai?: object;
  /** Members of its `config.balancer` beside the how-to's. */
  readonly balancer?: object;
  /** More plugins on the Service. */
  readonly plugins?: readonly object[];
}

/**
 * The configuration of the how-to, with the provider where the test has it and the log where the test reads it: Service,
 * Route, the three plugins as printed on the page, and Prometheus for everything.
 */
export function codexHowTo(changes: HowToChanges): (files: GatewayFiles) => object {
  const { upstream, routeType = 'llm/v1/responses', service, route, ai, balancer, plugins = [] } = changes;
  const providers = [upstream].flat() as (FakeUpstream | string)[];
  const path = routeType === 'llm/v1/responses' ? '/v1/responses' : '/v1/chat/completions';
  return ({ fileLog }) => ({
    _format_version: '3.0',
    services: [
      {
        name: 'codex-service',
        url: 'http://localhost',
        ...service,
        routes: [{ name: 'codex-route', paths: ['/codex'], protocols: ['http', 'https'], ...route }],
        plugins: [
          {
            name: 'ai-proxy-advanced',
            config: {
              genai_category: 'text/generation',
              llm_format: 'openai',
              max_request_body_size: 131_072,
              model_name_header: true,
              response_streaming: 'allow',
              balancer: {
                algorithm: 'round-robin',
                tokens_count_strategy: 'total-tokens',
                latency_strategy: 'tpot',
                retries: 3,
                ...balancer,
              },
              targets: providers.map((provider) => ({
                route_type: routeType,
                auth: { header_name: 'Authorization', header_value: `Bearer ${UPSTREAM_KEY}` },
                logging: { log_payloads: false, log_statistics: true },
                model: {
                  provider: 'openai',
                  options: { upstream_url: `${typeof provider === 'string' ? provider : provider.url}${path}` },
                },
              })),
              ...ai,
            },
          },
          { name: 'request-transformer', config: { replace: { uri: '/' } } },
          { name: 'file-log', config: { path: fileLog } },
          ...plugins,
        ],
      },
    ],
    plugins: [
      {
        name: 'prometheus',
        config: {
          per_consumer: true,
          status_code_metrics: true,
          ai_metrics: true,
          latency_metrics: true,
          bandwidth_metrics: true,
        },
      },
    ],
  });
}

/** A body fit for real work: what the shipped configuration allows. */
export const WORKING_BODY_LIMIT = 33_554_432;
