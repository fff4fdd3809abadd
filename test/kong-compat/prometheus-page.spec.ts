import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { metricsSession } from '../support/metrics-session.js';

/** The page Kong 3.9.3 showed after the requests below. */
const recorded = readFileSync(new URL('./fixtures/prometheus/metrics.txt', import.meta.url), 'utf8');

describe('The metrics page against the one of Kong 3.9.3', () => {
  let ours: Page;
  const kongs = pageOf(recorded);

  beforeAll(async () => {
    ours = pageOf((await metricsSession()).page);
  });

  it.each([...kongs.families.keys()])('has %s with the same help and type', (name) => {
    expect(ours.families.get(name)).toEqual(kongs.families.get(name));
  });

  it.each([...kongs.families.keys()].filter((name) => !name.startsWith('kong_ai_')))('labels %s alike', (name) => {
    expect(ours.labels.get(name)).toEqual(kongs.labels.get(name));
  });

  it('adds the labels that AI metrics have had since', () => {
    const target = ['ai_provider', 'ai_model', 'cache_status', 'vector_db', 'embeddings_provider', 'embeddings_model'];

    expect(ours.labels.get('kong_ai_llm_requests_total')).toEqual([...target, 'request_mode', 'workspace', 'consumer']);
    expect(ours.labels.get('kong_ai_llm_tokens_total')).toEqual([...target, 'token_type', 'workspace', 'consumer']);
  });

  it.each([
    'kong_http_requests_total',
    'kong_bandwidth_bytes',
    'kong_kong_latency_ms',
    'kong_upstream_latency_ms',
    'kong_request_latency_ms',
    'kong_upstream_target_health',
  ])('counts the same under %s, line for line', (name) => {
    expect(ours.lines.get(name)).toEqual(kongs.lines.get(name));
  });

  it('counts the same use of models', () => {
    const older = (line: string) => line.replace(/,request_mode="[^"]*"/, '').replace(/,consumer="[^"]*"/, '');
    for (const name of ['kong_ai_llm_requests_total', 'kong_ai_llm_tokens_total', 'kong_ai_llm_cost_total']) {
      expect(ours.lines.get(name)?.map(older)).toEqual(kongs.lines.get(name));
    }
    const buckets = ours.lines.get('kong_ai_llm_provider_latency_ms') ?? [];
    expect(buckets.map(older)).toEqual(kongs.lines.get('kong_ai_llm_provider_latency_ms'));
  });
});

/** A page taken apart: per metric its HELP and TYPE, its label names in order, its lines. */
interface Page {
  readonly families: Map<string, string[]>;
  readonly labels: Map<string, string[]>;
  readonly lines: Map<string, string[]>;
}

function pageOf(text: string): Page {
  const page: Page = { families: new Map(), labels: new Map(), lines: new Map() };
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# HELP ')) {
      name = line.split(' ')[2] as string;
      page.families.set(name, [line]);
      page.lines.set(name, []);
    } else if (line.startsWith('# TYPE ')) page.families.get(name)?.push(line);
    else if (line !== '') {
      page.lines.get(name)?.push(line);
      page.labels.set(
        name,
        [...line.matchAll(/([a-z_]+)="/g)].map(([, label]) => label as string),
      );
    }
  }
  return page;
}
