import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Settings, settingsFrom, unknownSettings } from './settings.js';

describe('settings', () => {
  it('are Kong’s defaults where the environment says nothing', () => {
    const settings = settingsFrom({ PATH: '/bin' });

    expect(settings).toBeInstanceOf(Settings);
    expect(settings.proxyListen).toMatchObject([
      { host: '0.0.0.0', port: 8000, tls: false },
      { host: '0.0.0.0', port: 8443, tls: true, http2: true },
    ]);
    expect(settings.upstreamKeepaliveIdleTimeout).toBe(60_000);
    expect([...settings.headers]).not.toContain('X-Kong-Upstream-Status');
    expect(settings.nodeId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it('takes an empty variable for an absent one', () => {
    expect(settingsFrom({ KONG_LOG_LEVEL: '' }).logLevel).toBe('notice');
  });

  it.each([
    ['KONG_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['KONG_REAL_IP_RECURSIVE', 'on', { realIpRecursive: true }],
    ['KONG_ALLOW_DEBUG_HEADER', 'false', { allowDebugHeader: false }],
    ['KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE', '8m', { clientMaxBodySize: 8 * 1024 * 1024 }],
    ['KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE', '16k', { clientMaxBodySize: 16384 }],
    ['KONG_NGINX_HTTP_CLIENT_BODY_TIMEOUT', '30s', { clientBodyTimeout: 30_000 }],
    ['KONG_NGINX_HTTP_SEND_TIMEOUT', '5m', { sendTimeout: 300_000 }],
    ['KONG_NGINX_MAIN_WORKER_SHUTDOWN_TIMEOUT', '2m', { shutdownTimeout: 120_000 }],
    ['KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT', '5', { upstreamKeepaliveIdleTimeout: 5000 }],
    [
      'KONG_PORT_MAPS',
      '80:8000, 443:8443',
      {
        portMaps: new Map([
          [8000, 80],
          [8443, 443],
        ]),
      },
    ],
    ['KONG_TRUSTED_IPS', '10.0.0.0/8, ::1,unix:', { trustedIps: ['10.0.0.0/8', '::1', 'unix:'] }],
    ['KONG_HEADERS', 'off', { headers: new Set() }],
    [
      'KONG_HEADERS',
      'SERVER_TOKENS, x-kong-upstream-status',
      { headers: new Set(['Server', 'Via', 'X-Kong-Upstream-Status']) },
    ],
    ['KONG_HEADERS_UPSTREAM', 'off', { headersUpstream: new Set() }],
    ['KONG_DECLARATIVE_CONFIG', 'a.yml,b.yml', { declarativeConfig: ['a.yml', 'b.yml'] }],
    ['KONG_PLUGINS', 'bundled,mine', { plugins: ['bundled', 'mine'] }],
    ['KONG_STATUS_LISTEN', 'off', { statusListen: [] }],
    ['SLUICE_WATCH_CONFIG', 'on', { watchConfig: true }],
    [
      'KONG_DNS_RESOLVER',
      '10.0.0.2, 10.0.0.3:5353,[::1]:53',
      { dnsResolver: ['10.0.0.2', '10.0.0.3:5353', '[::1]:53'] },
    ],
    ['KONG_DNS_ORDER', 'last, A', { dnsOrder: ['LAST', 'A'] }],
    ['KONG_DNS_VALID_TTL', '5', { dnsValidTtl: 5000 }],
  ])('reads %s=%s', (variable, text, expected) => {
    expect(settingsFrom({ [variable]: text })).toMatchObject(expected);
  });

  it('reads listeners with their flags', () => {
    const text = '127.0.0.1:8000 reuseport backlog=16384, [::1]:8443 http2 ssl ipv6only=on, localhost:0';

    expect(settingsFrom({ KONG_PROXY_LISTEN: text }).proxyListen).toEqual([
      {
        host: '127.0.0.1',
        port: 8000,
        tls: false,
        http2: false,
        reusePort: true,
        backlog: 16384,
        ipv6Only: false,
      },
      {
        host: '::1',
        port: 8443,
        tls: true,
        http2: true,
        reusePort: false,
        backlog: undefined,
        ipv6Only: true,
      },
      {
        host: 'localhost',
        port: 0,
        tls: false,
        http2: false,
        reusePort: false,
        backlog: undefined,
        ipv6Only: false,
      },
    ]);
  });

  it.each([
    ['KONG_PROXY_LISTEN', '8000'],
    ['KONG_PROXY_LISTEN', '0.0.0.0:80000'],
    ['KONG_PROXY_LISTEN', '0.0.0.0:8000 sll'],
    ['KONG_PROXY_LISTEN', '0.0.0.0:8000 proxy_protocol'],
    ['KONG_REAL_IP_HEADER', 'proxy_protocol'],
    ['KONG_REAL_IP_HEADER', 'X Real IP'],
    ['KONG_LOG_LEVEL', 'loud'],
    ['KONG_TRUSTED_IPS', '10.0.0.0/33'],
    ['KONG_TRUSTED_IPS', 'example.com'],
    ['KONG_PORT_MAPS', '80'],
    ['KONG_HEADERS', 'X-Powered-By'],
    ['KONG_HEADERS', 'constructor'],
    ['KONG_NODE_ID', 'one'],
    ['KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE', '10mb'],
    ['KONG_NGINX_WORKER_PROCESSES', '0'],
    ['KONG_DNS_RESOLVER', 'ns.example.com'],
    ['KONG_DNS_ORDER', 'A,MX'],
    ['KONG_UPSTREAM_KEEPALIVE_POOL_SIZE', '-1'],
  ])('refuses %s=%s and tells what is allowed', (variable, text) => {
    expect(() => settingsFrom({ [variable]: text })).toThrow(`${variable} is '${text}'; allowed: `);
  });

  it('refuses every wrong variable at once', () => {
    const wrong = { KONG_LOG_LEVEL: 'loud', KONG_PORT_MAPS: 'x' };

    expect(() => settingsFrom(wrong)).toThrow(/KONG_LOG_LEVEL is 'loud'[\s\S]*KONG_PORT_MAPS is 'x'/);
  });

  it.each([
    ['embedded', {}],
    ['off', { KONG_DECLARATIVE_CONFIG: 'kong.yaml' }],
    ['off', { KONG_DECLARATIVE_CONFIG_STRING: '_format_version: "3.0"' }],
    ['postgres', { KONG_DATABASE: 'postgres', KONG_DECLARATIVE_CONFIG: 'kong.yaml' }],
    ['off', { KONG_DATABASE: 'off' }],
  ])('keeps the configuration in %s when the environment says %j', (database, environment) => {
    expect(settingsFrom(environment).database).toBe(database);
  });

  it('reads the template of an error out of its file, and refuses one that cannot be filled in', () => {
    const folder = mkdtempSync(join(tmpdir(), 'templates-'));
    const fileWith = (text: string) => {
      const file = join(folder, 'error.html');
      writeFileSync(file, text);
      return file;
    };
    const read = (file: string) => settingsFrom({ KONG_ERROR_TEMPLATE_HTML: file }).errorTemplateHtml;
    try {
      expect(read(fileWith('<p>%s %s 100%%</p>'))).toBe('<p>%s %s 100%%</p>');
      for (const wrong of ['%s %s %s', '%d', '100%']) {
        expect(() => read(fileWith(wrong))).toThrow(/^settings cannot be used:\n {2}KONG_ERROR_TEMPLATE_HTML is /);
      }
      expect(() => read(join(folder, 'none'))).toThrow(
        'allowed: a file that can be read, with %s where the message goes',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a database it does not know', () => {
    expect(() => settingsFrom({ KONG_DATABASE: 'cassandra' })).toThrow(
      "KONG_DATABASE is 'cassandra'; allowed: off, embedded, postgres",
    );
  });

  it('warns of variables that look like settings, naming the one that was meant', () => {
    expect(
      unknownSettings({ KONG_LOG_LEVLE: 'debug', KONG_SMTP_HOST: 'mail', HOME: '/', KONG_PLUGINS: 'bundled' }),
    ).toEqual([
      'KONG_LOG_LEVLE is not a setting of this gateway and has no effect (did you mean KONG_LOG_LEVEL?)',
      'KONG_SMTP_HOST is not a setting of this gateway and has no effect',
    ]);
  });
});
