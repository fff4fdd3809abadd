import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { exposition } from './exposition.js';
import { MetricRegistry } from './metric-registry.js';

const pageOf = async (registry: MetricRegistry) => {
  let page = '';
  for await (const piece of exposition(await registry.snapshot())) page += piece;
  return page;
};

describe('The metrics page', () => {
  it('leaves out a metric that has counted nothing yet', async () => {
    const registry = new MetricRegistry();
    const counter = registry.counter({ name: 'a_total', help: 'h', labels: ['x'] });
    expect(await pageOf(registry)).not.toContain('a_total');
    counter.at('1').add(1);

    expect(await pageOf(registry)).toContain('# HELP a_total h\n# TYPE a_total counter\na_total{x="1"} 1\n');
  });

  it.each([
    [0.1 + 0.2, '0.3'],
    [1 / 3, '0.33333333333333'],
    [1.5e300, '1.5e+300'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('writes %d as %s', async (value, text) => {
    const registry = new MetricRegistry();
    registry.gauge({ name: 'g', help: 'h' }, () => [[[], value]]);

    expect(await pageOf(registry)).toContain(`\ng ${text}\n`);
  });

  it('puts a value on a bucket’s bound into that bucket', async () => {
    const registry = new MetricRegistry();
    const histogram = registry.histogram({ name: 'h', help: 'h', buckets: [1, 2] });
    for (const value of [1, 1.5, 2, 3]) histogram.at().observe(value);

    expect(await pageOf(registry)).toContain(
      'h_bucket{le="1"} 1\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 4\nh_count 4\nh_sum 7.5\n',
    );
  });

  it('shows a gauge read twice under the same labels once', async () => {
    const registry = new MetricRegistry();
    registry.gauge({ name: 'g', help: 'h', labels: ['a'] }, () => [
      [['x'], 1],
      [['x'], 2],
    ]);

    expect((await pageOf(registry)).match(/^g\{.*$/gm)).toEqual(['g{a="x"} 2']);
  });

  it('refuses a second metric of the same name', () => {
    const registry = new MetricRegistry();
    registry.counter({ name: 'a_total', help: 'h' });

    expect(() => registry.counter({ name: 'a_total', help: 'h' })).toThrow("two metrics are called 'a_total'");
  });

  it('of ten thousand series is written while requests are answered', async () => {
    const registry = new MetricRegistry();
    const histogram = registry.histogram({
      name: 'kong_request_latency_ms',
      help: 'h',
      labels: ['service', 'route', 'workspace'],
      buckets: [25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10000, 30000, 60000],
    });
    for (let index = 0; index < 10_000; index++)
      histogram.at(`service-${index}`, `route-${index}`, 'default').observe(1);
    const server = createServer((_request, response) => response.end('x')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answered = () =>
      new Promise<void>((resolve) => {
        get({ port, host: '127.0.0.1' }, (response) => response.resume().once('end', resolve));
      });

    let scraping = true;
    const scrape = pageOf(registry).finally(() => {
      scraping = false;
    });
    let served = 0;
    while (scraping) {
      await answered();
      if (scraping) served++;
    }
    server.close();

    expect((await scrape).split('\n').length).toBeGreaterThan(160_000);
    // In one go there would be none.
    expect(served).toBeGreaterThan(20);
  });
});
