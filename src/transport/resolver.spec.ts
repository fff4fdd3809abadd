import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDns, type FakeZone } from '../../test/support/fake-dns.js';
import { Resolver, type ResolverOptions } from './resolver.js';

describe('the resolver', () => {
  let dns: FakeDns;
  let folder: string;
  let now: number;
  const open: Resolver[] = [];

  beforeEach(async () => {
    dns = await FakeDns.start();
    folder = mkdtempSync(join(tmpdir(), 'resolver-'));
    now = 0;
  });
  afterEach(async () => {
    for (const resolver of open.splice(0)) resolver.close();
    await dns.stop();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const resolverOf = (zones: Record<string, FakeZone>, options: ResolverOptions = {}) => {
    Object.assign(dns.zones, zones);
    const resolver = new Resolver({
      servers: [dns.address],
      hostsFile: join(folder, 'no-hosts'),
      resolvConf: join(folder, 'no-resolv.conf'),
      now: () => now,
      ...options,
    });
    open.push(resolver);
    return resolver;
  };
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::1', '::1'],
    ['[2001:db8::1]', '2001:db8::1'],
  ])('takes %s as it is, without a promise', (host, ip) => {
    expect(resolverOf({}).resolve(host, 80)).toEqual({ ip, port: 80 });
    expect(dns.questions).toEqual([]);
  });

  it('answers a known name without a promise, its addresses taking turns', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1', '10.0.0.2'] } });
    const first = await resolver.resolve('a.test', 8080);
    const others = [1, 2, 3].map(() => resolver.resolve('a.test', 8080));
    expect([first, ...others]).toEqual([
      { ip: '10.0.0.1', port: 8080 },
      { ip: '10.0.0.2', port: 8080 },
      { ip: '10.0.0.1', port: 8080 },
      { ip: '10.0.0.2', port: 8080 },
    ]);
    expect(dns.questions.filter((question) => question === 'A a.test')).toHaveLength(1);
  });

  it('asks once for a name that many wait for', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'] } });
    await Promise.all(Array.from({ length: 50 }, () => resolver.resolve('a.test', 80)));
    expect(dns.questions.filter((question) => question === 'A a.test')).toHaveLength(1);
  });

  it('goes on answering past the TTL while it asks again', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'], ttl: 5 } });
    await resolver.resolve('a.test', 80);
    dns.zones['a.test'] = { a: ['10.0.0.9'], ttl: 5 };
    now = 4999;
    expect(resolver.resolve('a.test', 80)).toEqual({ ip: '10.0.0.1', port: 80 });
    expect(dns.questions.filter((question) => question === 'A a.test')).toHaveLength(1);
    now = 5000;
    expect(resolver.resolve('a.test', 80)).toEqual({ ip: '10.0.0.1', port: 80 });
    await expect(resolver.records('a.test')).resolves.toMatchObject({ addresses: [{ ip: '10.0.0.9' }] });
    expect(resolver.resolve('a.test', 80)).toEqual({ ip: '10.0.0.9', port: 80 });
  });

  it('asks again only for the type that answered last', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'], ttl: 5 } });
    await resolver.records('a.test');
    dns.questions.length = 0;
    now = 6000;
    await resolver.records('a.test');
    expect(dns.questions).toEqual(['A a.test']);
  });

  it('asks for every request where the TTL is 0', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'], ttl: 0 } });
    await resolver.resolve('a.test', 80);
    dns.zones['a.test'] = { a: ['10.0.0.2'], ttl: 0 };
    await expect(resolver.resolve('a.test', 80)).resolves.toEqual({ ip: '10.0.0.2', port: 80 });
  });

  it('lets a configured TTL stand in for that of the records', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'], ttl: 0 } }, { validTtl: 10_000 });
    await resolver.resolve('a.test', 80);
    now = 9999;
    expect(resolver.resolve('a.test', 80)).toEqual({ ip: '10.0.0.1', port: 80 });
    expect(dns.questions.filter((question) => question === 'A a.test')).toHaveLength(1);
  });

  it('says 503 for a name that does not exist, and remembers it for dns_not_found_ttl', async () => {
    const resolver = resolverOf({});
    const reason = "no address found for host 'no-such-host.test'";
    const missing = { status: 503, message: 'name resolution failed', reason };
    await expect(resolver.resolve('no-such-host.test', 80)).resolves.toEqual(missing);
    const asked = dns.questions.length;
    now = 29_999;
    expect(resolver.resolve('no-such-host.test', 80)).toEqual(missing);
    expect(dns.questions).toHaveLength(asked);
    dns.zones['no-such-host.test'] = { a: ['10.0.0.1'] };
    now = 30_000;
    await expect(resolver.resolve('no-such-host.test', 80)).resolves.toEqual({ ip: '10.0.0.1', port: 80 });
  });

  it('says 503 for a name without records', async () => {
    const resolver = resolverOf({ 'empty.test': {} });
    await expect(resolver.resolve('empty.test', 80)).resolves.toMatchObject({ status: 503 });
  });

  it('says 500 and why when no name server can be asked', async () => {
    const gone = await FakeDns.start();
    const { address } = gone;
    await gone.stop();
    const resolver = resolverOf({}, { servers: [address], tries: 1 });
    await expect(resolver.resolve('no-such-host.invalid', 80)).resolves.toEqual({
      status: 500,
      message:
        "failed the initial dns/balancer resolve for 'no-such-host.invalid' with: " +
        `failed to receive reply from UDP server ${address}: connection refused`,
    });
  });

  it.each([
    [2, 'dns server error: 2 server failure'],
    [5, 'dns server error: 5 refused'],
  ])('says 500 for a name server that answers with code %d', async (code, reason) => {
    const resolver = resolverOf({ 'a.test': { code } }, { tries: 1 });
    await expect(resolver.resolve('a.test', 80)).resolves.toEqual({
      status: 500,
      message: `failed the initial dns/balancer resolve for 'a.test' with: ${reason}`,
    });
  });

  it('keeps what it knew while name servers are away, up to dns_stale_ttl', async () => {
    const resolver = resolverOf({ 'a.test': { a: ['10.0.0.1'], ttl: 5 } }, { tries: 1 });
    await resolver.resolve('a.test', 80);
    dns.zones['a.test'] = { code: 2 };
    now = 6000;
    await expect(resolver.records('a.test')).resolves.toMatchObject({ kind: 'found' });
    now = 3_604_999;
    expect(resolver.resolve('a.test', 80)).toEqual({ ip: '10.0.0.1', port: 80 });
    now = 3_605_000;
    await expect(resolver.resolve('a.test', 80)).resolves.toMatchObject({ status: 500 });
  });

  it('takes port and address from SRV records of the most wanted priority', async () => {
    const resolver = resolverOf({
      'web.test': {
        srv: [
          { port: 9001, name: 'one.test', priority: 1, weight: 0 },
          { port: 9002, name: 'two.test', priority: 1, weight: 5 },
          { port: 9003, name: 'far.test', priority: 2 },
        ],
      },
      'one.test': { a: ['10.0.0.1'] },
      'two.test': { a: ['10.0.0.2'] },
      'far.test': { a: ['10.0.0.3'] },
    });
    await expect(resolver.records('web.test')).resolves.toMatchObject({
      type: 'SRV',
      addresses: [
        { ip: '10.0.0.1', port: 9001, weight: 1, srvName: 'one.test' },
        { ip: '10.0.0.2', port: 9002, weight: 5, srvName: 'two.test' },
      ],
    });
    const turns = Array.from({ length: 12 }, () => (resolver.resolve('web.test', 80) as { port: number }).port);
    expect(turns.filter((port) => port === 9001)).toHaveLength(2);
    expect(turns.filter((port) => port === 9002)).toHaveLength(10);
  });

  it('prefers address records where dns_order does', async () => {
    const zones = { 'web.test': { a: ['10.0.0.9'], srv: [{ port: 9001, name: 'one.test' }] } };
    const resolver = resolverOf(zones, { order: ['LAST', 'A', 'CNAME'] });
    await expect(resolver.resolve('web.test', 80)).resolves.toEqual({ ip: '10.0.0.9', port: 80 });
    expect(dns.questions).toEqual(['A web.test']);
  });

  it('goes on to IPv6 where there is nothing else', async () => {
    const resolver = resolverOf({ 'six.test': { aaaa: ['2001:db8::7'] } });
    await expect(resolver.resolve('six.test', 80)).resolves.toEqual({ ip: '2001:db8::7', port: 80 });
  });

  it('reads the hosts file first', async () => {
    const hostsFile = file(
      'hosts',
      '# ours\n10.9.9.9 Named.test alias # and more\n::1 localhost\n127.0.0.1 localhost\n',
    );
    const resolver = resolverOf({ 'named.test': { a: ['10.0.0.1'] } }, { hostsFile });
    await expect(resolver.resolve('named.test', 80)).resolves.toEqual({ ip: '10.9.9.9', port: 80 });
    await expect(resolver.resolve('alias', 80)).resolves.toEqual({ ip: '10.9.9.9', port: 80 });
    await expect(resolver.resolve('localhost', 80)).resolves.toEqual({ ip: '127.0.0.1', port: 80 });
    expect(dns.questions).toEqual([]);
  });

  it('completes names from the search list', async () => {
    const resolvConf = file('resolv.conf', 'search space.svc.test svc.test\noptions ndots:2 timeout:1\n');
    const zones = { 'db.space.svc.test': { a: ['10.0.0.1'] }, 'far.away.test': { a: ['10.0.0.2'] } };
    const resolver = resolverOf(zones, { resolvConf, order: ['A'] });
    await expect(resolver.resolve('db', 80)).resolves.toEqual({ ip: '10.0.0.1', port: 80 });
    expect(dns.questions).toEqual(['A db.space.svc.test']);
    await expect(resolver.resolve('far.away.test', 80)).resolves.toEqual({ ip: '10.0.0.2', port: 80 });
    expect(dns.questions.slice(1)).toEqual(['A far.away.test']);
    await expect(resolver.resolve('db.', 80)).resolves.toMatchObject({ status: 503 });
  });

  it('remembers no more names than it may', async () => {
    const zones = Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.test`, { a: ['10.0.0.1'] }]));
    const resolver = resolverOf(zones, { cacheSize: 2, order: ['A'] });
    for (const host of ['a.test', 'b.test', 'c.test']) await resolver.resolve(host, 80);
    expect(resolver.resolve('c.test', 80)).toEqual({ ip: '10.0.0.1', port: 80 });
    expect(resolver.resolve('a.test', 80)).toBeInstanceOf(Promise);
  });
});
