import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anUpstream, aTarget } from '../../test/support/an-upstream.js';
import { eventually } from '../../test/support/eventually.js';
import { FakeDns } from '../../test/support/fake-dns.js';
import { freePort } from '../../test/support/free-port.js';
import type { Target } from '../entities/target.js';
import type { Upstream } from '../entities/upstream.js';
import { Resolver } from '../transport/resolver.js';
import { ConsistentHashingAlgorithm } from './algorithms/consistent-hashing/consistent-hashing.algorithm.js';
import { LeastConnectionsAlgorithm } from './algorithms/least-connections/least-connections.algorithm.js';
import { RoundRobinAlgorithm } from './algorithms/round-robin/round-robin.algorithm.js';
import { Balancers } from './balancer.js';
import type { UpstreamBalancer } from './upstream-balancer.js';
import { UpstreamBalancers, type UpstreamLease } from './upstream-balancers.js';
import { balancerHealth, targetHealth } from './upstream-health.js';
import type { TargetAddress, UpstreamTarget } from './upstream-target.js';

const tried: ReadonlySet<TargetAddress> = new Set();

describe('the balancer of an Upstream', () => {
  let dns: FakeDns;
  let resolver: Resolver;
  let upstreams: UpstreamBalancers;
  let now: number;
  let turns: string[];
  const leases: UpstreamLease[] = [];

  beforeEach(async () => {
    now = 0;
    turns = [];
    dns = await FakeDns.start();
    resolver = new Resolver({
      servers: [dns.address],
      tries: 1,
      hostsFile: '/dev/null',
      resolvConf: '/dev/null',
      now: () => now,
    });
    upstreams = new UpstreamBalancers({
      balancers: new Balancers([
        ['round-robin', new RoundRobinAlgorithm()],
        ['least-connections', new LeastConnectionsAlgorithm()],
        ['consistent-hashing', new ConsistentHashingAlgorithm()],
      ]),
      recordsOf: (host) => resolver.records(host),
      now: () => now,
      onHealth: (_, { ip, port }, state) => turns.push(`${ip}:${port} ${state}`),
    });
  });
  afterEach(async () => {
    for (const lease of leases.splice(0)) lease.release();
    resolver.close();
    await dns.stop();
  });

  const balancerOf = (upstream: Upstream, ...targets: Target[]): UpstreamBalancer => {
    const lease = upstreams.lease(upstream, targets);
    leases.push(lease);
    return lease.balancer;
  };
  const picked = (balancer: UpstreamBalancer, count: number) =>
    Array.from({ length: count }, () => {
      const address = balancer.pick({ tried });
      return address ? `${address.ip}:${address.port}` : 'nobody';
    });
  const counted = (ids: string[]) =>
    Object.fromEntries([...new Set(ids)].map((id) => [id, ids.filter((one) => one === id).length]));

  const passive = (unhealthy: object, more: object = {}) => ({
    healthchecks: { passive: { unhealthy, ...more } },
  });

  describe('with addresses', () => {
    it('shares requests by weight and leaves weight 0 out', () => {
      const targets = [aTarget('10.0.0.1:80', { weight: 100 }), aTarget('10.0.0.2:80', { weight: 300 })];
      const balancer = balancerOf(anUpstream(), ...targets, aTarget('10.0.0.3:80', { weight: 0 }));
      expect(counted(picked(balancer, 40))).toEqual({ '10.0.0.1:80': 10, '10.0.0.2:80': 30 });
    });

    it('has nobody without Targets', () => {
      expect(balancerOf(anUpstream()).pick({ tried })).toBeUndefined();
    });

    it('gives a Target without a port 8000, and takes IPv6', () => {
      expect(new Set(picked(balancerOf(anUpstream(), aTarget('10.0.0.1'), aTarget('[::1]:81')), 2))).toEqual(
        new Set(['10.0.0.1:8000', '::1:81']),
      );
    });

    it('lets Targets for failover in only when no other is available', () => {
      const upstream = anUpstream(passive({ tcp_failures: 1 }));
      const balancer = balancerOf(upstream, aTarget('10.0.0.1:80'), aTarget('10.0.0.9:80', { failover: true }));
      expect(new Set(picked(balancer, 5))).toEqual(new Set(['10.0.0.1:80']));
      balancer.failed(balancer.pick({ tried }) as TargetAddress, 'tcp_failures');
      expect(new Set(picked(balancer, 5))).toEqual(new Set(['10.0.0.9:80']));
    });
  });

  describe('with names', () => {
    it('counts each address of a name with the whole weight of its Target', async () => {
      dns.zones['a.test'] = { a: ['10.0.0.1', '10.0.0.2'] };
      const balancer = balancerOf(
        anUpstream(),
        aTarget('a.test:80', { weight: 10 }),
        aTarget('10.0.0.9:80', { weight: 20 }),
      );
      await eventually('the name to resolve', () => (balancer.weights().total === 40 ? true : undefined));
      expect(counted(picked(balancer, 4))).toEqual({ '10.0.0.1:80': 1, '10.0.0.2:80': 1, '10.0.0.9:80': 2 });
      expect(balancer.pick({ tried })?.hostname).toMatch(/^(a\.test|10\.0\.0\.9)$/);
    });

    it('lets requests wait until the first name is known, and no longer', async () => {
      dns.zones['a.test'] = { a: ['10.0.0.1'] };
      dns.hold();
      const waits = balancerOf(anUpstream(), aTarget('a.test:80'));
      const goes = balancerOf(anUpstream(), aTarget('a.test:80'), aTarget('10.0.0.9:80'));
      expect(waits.ready).toBeInstanceOf(Promise);
      expect(goes.ready).toBeUndefined();
      dns.letGo();
      await waits.ready;
      expect(waits.ready).toBeUndefined();
      expect(picked(waits, 1)).toEqual(['10.0.0.1:80']);
    });

    it('takes ports and weights from SRV records', async () => {
      dns.zones['svc.test'] = {
        srv: [
          { port: 7001, name: 'one.test', weight: 1 },
          { port: 7002, name: 'two.test', weight: 3 },
        ],
      };
      dns.zones['one.test'] = { a: ['10.0.0.1'] };
      dns.zones['two.test'] = { a: ['10.0.0.2'] };
      const balancer = balancerOf(anUpstream(), aTarget('svc.test:80'));
      await balancer.ready;
      expect(counted(picked(balancer, 8))).toEqual({ '10.0.0.1:7001': 2, '10.0.0.2:7002': 6 });
      expect(balancer.pick({ tried })?.hostname).toBe('svc.test');
      const named = balancerOf(anUpstream({ use_srv_name: true }), aTarget('svc.test:80'));
      await named.ready;
      expect(named.pick({ tried })?.hostname).toMatch(/^(one|two)\.test$/);
    });

    it('follows a name to its new addresses after the TTL', async () => {
      dns.zones['a.test'] = { a: ['10.0.0.1', '10.0.0.2'], ttl: 5 };
      const balancer = balancerOf(anUpstream(), aTarget('a.test:80'));
      await balancer.ready;
      const before = balancer.targets[0]?.addresses;
      dns.zones['a.test'] = { a: ['10.0.0.2', '10.0.0.3'], ttl: 5 };
      now = 4999;
      await balancer.refresh();
      expect(balancer.targets[0]?.addresses).toBe(before);
      now = 5000;
      await balancer.refresh();
      expect(new Set(picked(balancer, 4))).toEqual(new Set(['10.0.0.2:80', '10.0.0.3:80']));
      expect(balancer.targets[0]?.addresses).toContain(before?.[1]);
    });

    it('goes without a Target whose name does not resolve, and asks again after 30 seconds', async () => {
      const balancer = balancerOf(anUpstream(), aTarget('gone.test:80'), aTarget('10.0.0.9:80'));
      await eventually('the name to fail', () => (balancer.targets[0]?.state === 'dns-error' ? true : undefined));
      expect(new Set(picked(balancer, 3))).toEqual(new Set(['10.0.0.9:80']));
      expect(targetHealth(balancer, balancer.targets[0] as UpstreamTarget).health).toBe('DNS_ERROR');
      dns.zones['gone.test'] = { a: ['10.0.0.1'] };
      now = 30_000;
      await balancer.refresh();
      expect(new Set(picked(balancer, 4))).toEqual(new Set(['10.0.0.1:80', '10.0.0.9:80']));
    });

    it('has nobody, and makes nobody wait, when no name resolves', async () => {
      const balancer = balancerOf(anUpstream(), aTarget('gone.test:80'));
      await balancer.ready;
      expect(balancer.pick({ tried })).toBeUndefined();
    });

    it('leaves a name with a TTL of 0 to be resolved for each request', async () => {
      dns.zones['a.test'] = { a: ['10.0.0.1'], ttl: 0 };
      const balancer = balancerOf(anUpstream(), aTarget('a.test:80'));
      await balancer.ready;
      expect(balancer.pick({ tried })).toMatchObject({ isName: true, hostname: 'a.test', port: 80 });
    });
  });

  describe('judging by real traffic', () => {
    const one = aTarget('10.0.0.1:80');
    const other = aTarget('10.0.0.2:80');
    const addressOf = (balancer: UpstreamBalancer, index = 0) => balancer.targets[index]?.addresses[0] as TargetAddress;

    it('takes an address out at the limit, and says so once', () => {
      const balancer = balancerOf(anUpstream(passive({ http_failures: 2 })), one, other);
      balancer.answered(addressOf(balancer), 500);
      expect(counted(picked(balancer, 4))).toEqual({ '10.0.0.1:80': 2, '10.0.0.2:80': 2 });
      balancer.answered(addressOf(balancer), 503);
      balancer.answered(addressOf(balancer), 503);
      expect(counted(picked(balancer, 4))).toEqual({ '10.0.0.2:80': 4 });
      expect(turns).toEqual(['10.0.0.1:80 unhealthy']);
    });

    it('takes nothing from a status in neither list: 502 is in none', () => {
      const balancer = balancerOf(anUpstream(passive({ http_failures: 1 })), one);
      balancer.answered(addressOf(balancer), 502);
      balancer.answered(addressOf(balancer), 404);
      expect(picked(balancer, 1)).toEqual(['10.0.0.1:80']);
    });

    it('counts time-outs and broken connections', () => {
      const balancer = balancerOf(anUpstream(passive({ tcp_failures: 1, timeouts: 1 })), one, other);
      balancer.failed(addressOf(balancer, 0), 'timeouts');
      balancer.failed(addressOf(balancer, 1), 'tcp_failures');
      expect(balancer.pick({ tried })).toBeUndefined();
    });

    it('judges nobody when health checks are off', () => {
      const balancer = balancerOf(anUpstream(), one);
      for (let count = 0; count < 300; count++) balancer.failed(addressOf(balancer), 'tcp_failures');
      expect(picked(balancer, 1)).toEqual(['10.0.0.1:80']);
      expect(targetHealth(balancer, balancer.targets[0] as UpstreamTarget).health).toBe('HEALTHCHECKS_OFF');
    });

    it('lets an operator mark a Target or one of its addresses', () => {
      const balancer = balancerOf(anUpstream(passive({ http_failures: 1 })), one, other);
      const target = balancer.targets[0] as UpstreamTarget;
      expect(balancer.mark(target, 'unhealthy', '10.9.9.9:80')).toBe(false);
      expect(balancer.mark(target, 'unhealthy', '10.0.0.1:80')).toBe(true);
      expect(counted(picked(balancer, 2))).toEqual({ '10.0.0.2:80': 2 });
      balancer.mark(target, 'healthy');
      expect(counted(picked(balancer, 2))).toEqual({ '10.0.0.1:80': 1, '10.0.0.2:80': 1 });
    });

    it.each([
      [0, 0, true],
      [0, 3, true],
      [0, 4, false],
      [50, 1, true],
      [50, 2, false],
      [100, 0, true],
      [100, 1, false],
    ])('with a threshold of %d %% and %d of 4 ill, lets requests through: %s', (threshold, ill, isHealthy) => {
      const targets = [1, 2, 3, 4].map((host) => aTarget(`10.0.0.${host}:80`));
      const healthchecks = { threshold, passive: { unhealthy: { http_failures: 1 } } };
      const balancer = balancerOf(anUpstream({ healthchecks }), ...targets);
      for (let index = 0; index < ill; index++) balancer.answered(addressOf(balancer, index), 500);
      expect(balancer.isHealthy).toBe(isHealthy);
      expect(balancer.pick({ tried }) !== undefined).toBe(isHealthy);
    });
  });

  describe('asking regularly', () => {
    const servers: Server[] = [];
    const answering = async (statusOf: () => number) => {
      const server = createServer((_, outgoing) => outgoing.writeHead(statusOf()).end());
      servers.push(server);
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return `127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    afterEach(async () => {
      await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
    });

    it('takes a failing address out and a recovered one back', async () => {
      let status = 500;
      const ill = await answering(() => status);
      const well = await answering(() => 200);
      const healthchecks = {
        active: { healthy: { interval: 60, successes: 1 }, unhealthy: { interval: 60, http_failures: 2 } },
      };
      const balancer = balancerOf(anUpstream({ healthchecks }), aTarget(ill), aTarget(well));
      await balancer.check('healthy');
      expect(new Set(picked(balancer, 4))).toEqual(new Set([ill, well]));
      await balancer.check('healthy');
      expect(new Set(picked(balancer, 4))).toEqual(new Set([well]));
      status = 200;
      await balancer.check('unhealthy');
      expect(new Set(picked(balancer, 4))).toEqual(new Set([ill, well]));
      expect(turns).toEqual([`${ill} unhealthy`, `${ill} healthy`]);
    });

    it('does so at the interval, and stops when it is released', async () => {
      let probes = 0;
      const target = await answering(() => {
        probes += 1;
        return 200;
      });
      const healthchecks = { active: { healthy: { interval: 0.02 } } };
      const lease = upstreams.lease(anUpstream({ healthchecks }), [aTarget(target)]);
      await eventually('three probes', () => (probes >= 3 ? true : undefined));
      lease.release();
      const after = probes;
      await new Promise((done) => setTimeout(done, 100));
      expect(probes - after).toBeLessThanOrEqual(1);
    });

    it('counts a refused connection', async () => {
      const target = `127.0.0.1:${await freePort()}`;
      const healthchecks = { active: { type: 'tcp', healthy: { interval: 60 }, unhealthy: { tcp_failures: 1 } } };
      const balancer = balancerOf(anUpstream({ healthchecks }), aTarget(target));
      await balancer.check('healthy');
      expect(balancer.pick({ tried })).toBeUndefined();
    });
  });

  describe('across reloads', () => {
    const failing = (fields: object = {}) =>
      anUpstream({ name: 'up.test', ...passive({ tcp_failures: 1 }), ...fields });
    const id = '7f0c1ae4-6a4f-4c0c-9d0e-0f6d3c1f2b10';

    it('stays the same when neither the Upstream nor its Targets changed', () => {
      const upstream = failing({ id });
      const first = upstreams.lease(upstream, [aTarget('10.0.0.1:80')]);
      const second = upstreams.lease(failing({ id, created_at: 99, updated_at: 99 }), [aTarget('10.0.0.1:80')]);
      expect(second.balancer).toBe(first.balancer);
      first.release();
      expect(picked(second.balancer, 1)).toEqual(['10.0.0.1:80']);
      second.release();
    });

    it('keeps what it knows of the addresses that stay when a Target is added', () => {
      const first = upstreams.lease(failing({ id }), [aTarget('10.0.0.1:80'), aTarget('10.0.0.2:80')]);
      const ill = first.balancer.targets[0]?.addresses[0] as TargetAddress;
      first.balancer.failed(ill, 'tcp_failures');
      const targets = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'].map((target) => aTarget(target));
      const second = upstreams.lease(failing({ id }), targets);
      expect(second.balancer).not.toBe(first.balancer);
      expect(new Set(picked(second.balancer, 6))).toEqual(new Set(['10.0.0.2:80', '10.0.0.3:80']));
      // A request that began before the reload still has its say.
      first.balancer.failed(first.balancer.targets[1]?.addresses[0] as TargetAddress, 'tcp_failures');
      first.release();
      expect(new Set(picked(second.balancer, 3))).toEqual(new Set(['10.0.0.3:80']));
      second.release();
    });

    it('does not ask again for names that are known', async () => {
      dns.zones['a.test'] = { a: ['10.0.0.1'] };
      const first = upstreams.lease(failing({ id }), [aTarget('a.test:80')]);
      await first.balancer.ready;
      const second = upstreams.lease(failing({ id, slots: 100 }), [aTarget('a.test:80', { weight: 7 })]);
      expect(second.balancer.ready).toBeUndefined();
      expect(picked(second.balancer, 1)).toEqual(['10.0.0.1:80']);
      first.release();
      second.release();
    });

    it('remembers exchanges under way for least-connections', () => {
      const upstream = (slots: number) => anUpstream({ id, algorithm: 'least-connections', slots });
      const targets = [aTarget('10.0.0.1:80'), aTarget('10.0.0.2:80')];
      const first = upstreams.lease(upstream(100), targets);
      const busy = first.balancer.targets[0]?.addresses[0] as TargetAddress;
      for (let count = 0; count < 3; count++) first.balancer.started(busy);
      const second = upstreams.lease(upstream(200), targets);
      first.release();
      expect(new Set(picked(second.balancer, 4))).toEqual(new Set(['10.0.0.2:80']));
      second.release();
    });
  });

  it('shows its health as the Admin API does', async () => {
    dns.zones['a.test'] = { a: ['10.0.0.1', '10.0.0.2'] };
    const upstream = anUpstream(passive({ tcp_failures: 1 }));
    const balancer = balancerOf(upstream, aTarget('a.test:80', { weight: 5 }));
    await balancer.ready;
    balancer.failed(balancer.targets[0]?.addresses[1] as TargetAddress, 'tcp_failures');
    const common = {
      host: 'a.test',
      port: 80,
      dns: 'A',
      nodeWeight: 5,
      weight: { total: 10, available: 5, unavailable: 5 },
    };
    expect(targetHealth(balancer, balancer.targets[0] as UpstreamTarget)).toEqual({
      health: 'HEALTHY',
      data: {
        ...common,
        addresses: [
          { ip: '10.0.0.1', port: 80, health: 'HEALTHY', weight: 5 },
          { ip: '10.0.0.2', port: 80, health: 'UNHEALTHY', weight: 5 },
        ],
      },
    });
    expect(balancerHealth(balancer)).toMatchObject({
      id: upstream.id,
      health: 'HEALTHY',
      details: { healthy: true, weight: { total: 10, available: 5, unavailable: 5 } },
    });
  });
});
