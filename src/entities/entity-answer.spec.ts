import { describe, expect, it } from '@jest/globals';
import { coreRegistry } from './core-entities.js';
import type { EntityDefinition } from './entity.js';
import { entityAnswer } from './entity-answer.js';
import { ListOf, RecordOf, Text } from './field.js';
import type { EntityBase } from './field-types.js';
import { recordSchema } from './record-schema.js';

const registry = coreRegistry();
const AT = 1795329793;
const SERVICE = '356ebaf8-b7af-5cba-99a1-f392e34730ab';

function entity(kind: string, given: Record<string, unknown>): EntityBase {
  const { record, unfold, complete } = registry.entity(kind) as EntityDefinition;
  const completed = { created_at: AT, updated_at: AT, ...given };
  unfold?.(completed);
  complete?.(completed);
  const { value, error } = recordSchema(record).check(completed);
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return value as EntityBase;
}

class Nested {
  @Text() set?: string = 'by default';
  @Text() unset?: string;
}

class Config {
  @RecordOf(Nested) absent?: Nested;
  @RecordOf(Nested, { required: true }) present!: Nested;
  @ListOf(Nested) list?: Nested[];
}

describe('the Admin API’s answer', () => {
  // As Kong 3.9.3 answered for these entities.
  it('has every field of a Service', () => {
    const service = entity('services', { id: SERVICE, name: 's1', url: 'http://127.0.0.1:19000/up', tags: ['a'] });

    expect(entityAnswer(service)).toEqual({
      write_timeout: 60000,
      connect_timeout: 60000,
      enabled: true,
      read_timeout: 60000,
      host: '127.0.0.1',
      created_at: AT,
      protocol: 'http',
      retries: 5,
      tls_verify: null,
      name: 's1',
      tags: ['a'],
      ca_certificates: null,
      updated_at: AT,
      port: 19000,
      id: SERVICE,
      tls_verify_depth: null,
      client_certificate: null,
      path: '/up',
    });
  });

  it('has every field of a Route', () => {
    const route = entity('routes', { id: SERVICE, name: 'r1', paths: ['/r1'], service: { id: SERVICE } });

    expect(entityAnswer(route)).toMatchObject({
      name: 'r1',
      paths: ['/r1'],
      path_handling: 'v0',
      headers: null,
      regex_priority: 0,
      sources: null,
      response_buffering: true,
      snis: null,
      strip_path: true,
      destinations: null,
      tags: null,
      service: { id: SERVICE },
      protocols: ['http', 'https'],
      methods: null,
      preserve_host: false,
      hosts: null,
      https_redirect_status_code: 426,
      request_buffering: true,
    });
  });

  it('has every field of an Upstream and its health checks', () => {
    expect(entityAnswer(entity('upstreams', { name: 'u1' }))).toMatchObject({
      hash_fallback: 'none',
      host_header: null,
      hash_fallback_uri_capture: null,
      slots: 10000,
      hash_fallback_header: null,
      hash_on: 'none',
      hash_fallback_query_arg: null,
      hash_on_header: null,
      use_srv_name: false,
      hash_on_query_arg: null,
      hash_on_uri_capture: null,
      client_certificate: null,
      healthchecks: {
        threshold: 0,
        active: {
          type: 'http',
          timeout: 1,
          http_path: '/',
          https_sni: null,
          https_verify_certificate: true,
          headers: null,
          healthy: { interval: 0, successes: 0, http_statuses: [200, 302] },
          concurrency: 10,
          unhealthy: {
            http_failures: 0,
            interval: 0,
            tcp_failures: 0,
            timeouts: 0,
            http_statuses: [429, 404, 500, 501, 502, 503, 504, 505],
          },
        },
        passive: {
          healthy: {
            http_statuses: [
              200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308,
            ],
            successes: 0,
          },
          type: 'http',
          unhealthy: { http_statuses: [429, 500, 503], tcp_failures: 0, timeouts: 0, http_failures: 0 },
        },
      },
      algorithm: 'round-robin',
      hash_on_cookie: null,
      hash_on_cookie_path: '/',
    });
  });

  it('goes by the class of a Plugin’s configuration, records included', () => {
    const plugin = entity('plugins', { name: 'any' });
    Object.assign(plugin, { config: recordSchema(Config).check({ list: [{}] }).value });

    expect(entityAnswer(plugin)).toMatchObject({
      name: 'any',
      instance_name: null,
      route: null,
      service: null,
      consumer: null,
      protocols: ['grpc', 'grpcs', 'http', 'https'],
      enabled: true,
      config: {
        absent: null,
        present: { set: 'by default', unset: null },
        list: [{ set: 'by default', unset: null }],
      },
    });
  });
});
