import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { coreRegistry } from './core-entities.js';
import type { EntityDefinition } from './entity.js';
import { recordSchema } from './record-schema.js';

const registry = coreRegistry();
const ID = '3f6c9b3e-5d53-4c6a-9a52-0f6d2f5f7c11';

/** An entity of a kind as the loaders check it. */
function check(kind: string, given: Record<string, unknown>) {
  const { record, unfold, complete } = registry.entity(kind) as EntityDefinition;
  const completed = { id: ID, ...given };
  unfold?.(completed);
  complete?.(completed);
  return recordSchema(record).check(completed);
}

const service = (given: object) => ({ host: 'example.test', ...given });
const route = (given: object) => ({ paths: ['/'], ...given });
const upstream = (given: object) => ({ name: 'api', ...given });
const target = (given: object) => ({ upstream: { id: ID }, target: 'example.test:80', ...given });

describe('an entity is refused in Kong’s words', () => {
  // Source: Kong's entity schemas (kong/db/schema/entities) and typedefs.
  it.each<[kind: string, given: object, errors: object]>([
    ['services', {}, { host: 'required field missing' }],
    ['services', { host: 'example.test:80' }, { host: 'must not have a port' }],
    ['services', { host: '' }, { host: 'length must be at least 1' }],
    ['services', { host: 'a b' }, { host: 'invalid value: a b' }],
    ['services', { host: 1 }, { host: 'expected a string' }],
    ['services', service({ hots: 'x' }), { hots: 'unknown field' }],
    ['services', service({ port: 65536 }), { port: 'value should be between 0 and 65535' }],
    ['services', service({ port: '80' }), { port: 'expected an integer' }],
    ['services', service({ port: 80.5 }), { port: 'expected an integer' }],
    ['services', service({ retries: -1 }), { retries: 'value should be between 0 and 32767' }],
    ['services', service({ read_timeout: 0 }), { read_timeout: 'value should be between 1 and 2147483646' }],
    ['services', service({ enabled: 'yes' }), { enabled: 'expected a boolean' }],
    ['services', service({ enabled: null }), { enabled: 'required field missing' }],
    ['services', service({ path: 'up' }), { path: 'should start with: /' }],
    ['services', service({ path: '/a//b' }), { path: 'must not have empty segments' }],
    [
      'services',
      service({ path: '/a?b' }),
      { path: "invalid path: '/a?b' (characters outside of the reserved list of RFC 3986 found)" },
    ],
    ['services', { host: '1.2.3.4.5' }, { host: 'invalid value: 1.2.3.4.5' }],
    ['services', service({ created_at: -1 }), { created_at: 'expected a valid timestamp' }],
    [
      'services',
      service({ protocol: 'ftp' }),
      { protocol: 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp' },
    ],
    ['services', { url: 'http://a:80:80' }, { host: 'must not have a port' }],
    ['services', service({ path: '/a%zz' }), { path: "invalid url-encoded value: '%zz'" }],
    [
      'services',
      service({ path: '/a b' }),
      { path: "invalid path: '/a b' (characters outside of the reserved list of RFC 3986 found)" },
    ],
    [
      'services',
      service({ name: 'a b' }),
      { name: "invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~" },
    ],
    [
      'services',
      service({ tags: ['a,b'] }),
      { tags: ["invalid tag 'a,b': expected printable ascii (except `,` and `/`) or valid utf-8 sequences"] },
    ],
    ['services', service({ id: 'one' }), { id: 'expected a valid UUID' }],
    [
      'services',
      service({ protocol: 'tcp', path: '/' }),
      { path: 'value must be null', '@entity': ["failed conditional validation given value of field 'protocol'"] },
    ],
    ['routes', {}, { '@entity': [NO_MATCH("'https'", "'methods', 'hosts', 'headers', 'paths', 'snis'")] }],
    ['routes', { protocols: ['http'] }, { '@entity': [NO_MATCH("'http'", "'methods', 'hosts', 'headers', 'paths'")] }],
    [
      'routes',
      { protocols: ['grpc'], strip_path: false },
      { '@entity': [NO_MATCH("'grpc'", "'hosts', 'headers', 'paths'")] },
    ],
    ['routes', route({ paths: ['a'] }), { paths: ['should start with: / (fixed path) or ~/ (regex path)'] }],
    ['routes', route({ paths: ['/ok', '/a//b'] }), { paths: [null, 'must not have empty segments'] }],
    ['routes', route({ methods: ['get'] }), { methods: ['invalid value: get'] }],
    ['routes', route({ hosts: ['*.a.*'] }), { hosts: ['invalid wildcard: must have at most one wildcard'] }],
    [
      'routes',
      route({ hosts: ['a.*.b'] }),
      { hosts: ['invalid wildcard: must be placed at leftmost or rightmost label'] },
    ],
    [
      'routes',
      route({ headers: { Host: ['a'] } }),
      { headers: { Host: "cannot contain 'host' header, which must be specified in the 'hosts' attribute" } },
    ],
    ['routes', route({ protocols: [] }), { protocols: 'length must be at least 1' }],
    [
      'routes',
      route({ protocols: ['http', 'grpc'], strip_path: false }),
      {
        protocols: "these sets are mutually exclusive: ('http', 'https'), ('grpc', 'grpcs')",
      },
    ],
    ['routes', route({ protocols: ['nope'] }), { protocols: 'unknown type: nope' }],
    [
      'routes',
      route({ protocols: ['http', 'nope'] }),
      { protocols: [null, 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp'] },
    ],
    ['routes', route({ hosts: [null] }), { hosts: ['required field missing'] }],
    ['routes', route({ hosts: ['a.test:99999'] }), { hosts: ['invalid port number'] }],
    ['routes', route({ hosts: ['a.test:x'] }), { hosts: ['invalid hostname: a.test:x'] }],
    [
      'routes',
      route({ hosts: ['a.*:80'] }),
      { hosts: ['invalid wildcard: must be placed at leftmost or rightmost label'] },
    ],
    ['routes', route({ paths: ['x//y'] }), { paths: ['must not have empty segments'] }],
    [
      'routes',
      route({ headers: { 'x y': ['a'] } }),
      { headers: { 'x y': "bad header name 'x y', allowed characters are A-Z, a-z, 0-9, '_', and '-'" } },
    ],
    ['routes', route({ service: {} }), { service: { id: 'missing primary key' } }],
    ['routes', route({ service: 'x' }), { service: { id: 'missing primary key' } }],
    ['routes', route({ service: { id: 'x' } }), { service: { id: 'expected a valid UUID' } }],
    ['routes', route({ service: { id: null } }), { service: { id: 'required field missing' } }],
    [
      'routes',
      { protocols: ['tcp', 'tls'], strip_path: false },
      { '@entity': [NO_MATCH("'tcp', 'tls' or 'udp'", "'sources', 'destinations', 'snis'")] },
    ],
    [
      'routes',
      { protocols: ['tls_passthrough'], strip_path: false },
      { '@entity': ["must set snis when 'protocols' is 'tls_passthrough'"] },
    ],
    [
      'routes',
      route({ snis: ['a*b', '*.*', '127.0.0.1', 'a b'], protocols: ['https'] }),
      {
        snis: [
          'wildcard must be leftmost or rightmost character',
          'only one wildcard must be specified',
          'must not be an IP',
          'invalid value: a b',
        ],
      },
    ],
    [
      'routes',
      route({ snis: ['a.test'], protocols: ['http'] }),
      {
        '@entity': ["'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'"],
        snis: 'length must be 0',
      },
    ],
    [
      'routes',
      route({ protocols: ['grpc'], strip_path: true }),
      { strip_path: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'" },
    ],
    [
      'routes',
      route({ sources: [{ ip: '10.0.0.1' }] }),
      { sources: "cannot set 'sources' when 'protocols' is 'http' or 'https'" },
    ],
    [
      'routes',
      { protocols: ['tcp'], strip_path: false, sources: [{ ip: '10.0.0.0/40' }, {}] },
      {
        sources: [
          { ip: "invalid ip or cidr range: '10.0.0.0/40'" },
          { '@entity': ["at least one of these fields must be non-empty: 'ip', 'port'"] },
        ],
      },
    ],
    [
      'routes',
      route({ https_redirect_status_code: 303 }),
      { https_redirect_status_code: 'expected one of: 426, 301, 302, 307, 308' },
    ],
    ['consumers', {}, { '@entity': ["at least one of these fields must be non-empty: 'custom_id', 'username'"] }],
    ['consumer_groups', {}, { name: 'required field missing' }],
    ['upstreams', { name: '127.0.0.1' }, { name: "Invalid name ('127.0.0.1'); no ip addresses allowed" }],
    ['upstreams', { name: 'api:80' }, { name: "Invalid name ('api:80'); no port allowed" }],
    ['upstreams', { name: 'a b' }, { name: "Invalid name ('a b'); must be a valid hostname" }],
    [
      'upstreams',
      upstream({ hash_on_header: 'x y', hash_on_cookie_path: '/a//b', host_header: 'a.test:99999' }),
      {
        hash_on_header: "bad header name 'x y', allowed characters are A-Z, a-z, 0-9, '_', and '-'",
        hash_on_cookie_path: 'must not have empty segments',
        host_header: 'invalid port number',
      },
    ],
    [
      'upstreams',
      upstream({ hash_on: 'path', hash_fallback: 'path' }),
      {
        hash_fallback: 'expected one of: none, consumer, header, cookie, query_arg, ip, uri_capture',
        '@entity': ["failed conditional validation given value of field 'hash_on'"],
      },
    ],
    [
      'upstreams',
      upstream({ healthchecks: { active: { https_sni: '127.0.0.1', http_path: '/a?b' } } }),
      {
        healthchecks: {
          active: {
            https_sni: 'must not be an IP',
            http_path: "invalid path: '/a?b' (characters outside of the reserved list of RFC 3986 found)",
          },
        },
      },
    ],
    ['upstreams', upstream({ slots: 9 }), { slots: 'value should be between 10 and 65536' }],
    [
      'upstreams',
      upstream({ hash_on: 'header' }),
      {
        hash_on_header: 'required field missing',
        '@entity': ["failed conditional validation given value of field 'hash_on'"],
      },
    ],
    [
      'upstreams',
      upstream({ hash_on: 'ip', hash_fallback: 'ip' }),
      {
        hash_fallback: 'expected one of: none, consumer, header, cookie, path, query_arg, uri_capture',
        '@entity': ["failed conditional validation given value of field 'hash_on'"],
      },
    ],
    [
      'upstreams',
      upstream({ hash_on: 'header', hash_on_header: 'x-a', hash_fallback: 'header', hash_fallback_header: 'x-a' }),
      { '@entity': ["values of these fields must be distinct: 'hash_on_header', 'hash_fallback_header'"] },
    ],
    [
      'upstreams',
      upstream({ healthchecks: { active: { healthy: { successes: 256 } } } }),
      { healthchecks: { active: { healthy: { successes: 'value should be between 0 and 255' } } } },
    ],
    ['targets', target({ target: 'a b' }), { target: "Invalid target ('a b'); not a valid hostname or ip address" }],
    [
      'targets',
      target({ target: '1.2.3.4.5' }),
      { target: "Invalid target ('1.2.3.4.5'); not a valid hostname or ip address" },
    ],
    [
      'targets',
      target({ target: '[fe80::1%eth0]:80' }),
      { target: "Invalid target ('[fe80::1%eth0]:80'); not a valid hostname or ip address" },
    ],
    ['targets', target({ weight: 65536 }), { weight: 'value should be between 0 and 65535' }],
    ['targets', { target: 'a' }, { upstream: 'required field missing' }],
    ['vaults', { name: 'env', prefix: 'env' }, { prefix: 'must not be one of: env' }],
    ['vaults', { name: 'env', prefix: 'My' }, { prefix: 'invalid value: My' }],
    ['vaults', { name: 'hcv', prefix: 'my-hcv' }, { name: "vault 'hcv' is not installed" }],
    ['vaults', { name: 'env', prefix: 'my-env', config: { perfix: 'x' } }, { config: { perfix: 'unknown field' } }],
    ['keys', { kid: 'a' }, { '@entity': ["at least one of these fields must be non-empty: 'jwk', 'pem'"] }],
    [
      'keys',
      { kid: 'a', jwk: '{"kid":"a"}', pem: { public_key: '{vault://env/key}' } },
      {
        '@entity': [
          "only one or none of these fields must be set: 'jwk', 'pem'",
          'could not load JWK, likely not a valid key',
        ],
      },
    ],
    ['keys', { kid: 'a', jwk: '{}' }, { '@entity': ['kid in jwk.kid must be equal to keys.kid'] }],
    ['keys', { kid: 'a', jwk: '{' }, { '@entity': ['could not json decode jwk string'] }],
    ['keys', { kid: 'a', pem: { public_key: 'x' } }, { pem: 'could not load public key' }],
    [
      'oauth2_credentials',
      { consumer: { id: ID }, redirect_uris: ['nowhere', 'https://a.test/#b', 'https://a.test/b'], client_type: 'x' },
      {
        name: 'required field missing',
        redirect_uris: ["cannot parse 'nowhere'", "fragment not allowed in 'https://a.test/#b'", null],
        client_type: 'expected one of: confidential, public',
      },
    ],
    ['mtls_auth_credentials', { consumer: { id: ID } }, { subject_name: 'required field missing' }],
    ['acls', { consumer: { id: ID } }, { group: 'required field missing' }],
    [
      'jwt_secrets',
      { consumer: { id: ID }, algorithm: 'RS256' },
      {
        rsa_public_key: 'required field missing',
        '@entity': ["failed conditional validation given value of field 'algorithm'"],
      },
    ],
    [
      'jwt_secrets',
      { consumer: { id: ID }, algorithm: 'RS256', rsa_public_key: 'x' },
      {
        rsa_public_key: 'invalid key',
        '@entity': ["failed conditional validation given value of field 'algorithm'"],
      },
    ],
    [
      'certificates',
      { cert: 'x' },
      { cert: expect.stringMatching(/^invalid certificate: /), key: 'required field missing' },
    ],
    ['snis', { name: 'a.test:443', certificate: { id: ID } }, { name: 'must not have a port' }],
  ])('%s %j', (kind, given, errors) => {
    expect(check(kind, { ...given }).error).toEqual(errors);
  });
});

// Source: Kong spec/01-unit/01-db/01-schema/05-services_spec.lua, 06-routes_spec.lua.
const HOSTS = {
  good: [
    'hello.com',
    '1991.io',
    'hello.COM',
    '123helloWORLD.com',
    'example.123',
    'example-api.com',
    'example_api.com',
    'localhost',
    'example.test.',
    '3B-ww4c5e180e575a65lsy2b',
    '-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n',
    'Hello-Another-Way--fc4qua05auwb3674vfr0b',
  ],
  bad: [
    '/example',
    '.example',
    'example:',
    'mock;bin',
    'example.com/org',
    'example-.org',
    'example.org-',
    'hello..example.com',
    'hello-.example.com',
  ],
};

describe('host names', () => {
  it.each(HOSTS.good)('%s is one', (host) => {
    expect(check('services', { host }).error).toBeUndefined();
    expect(check('routes', { hosts: [host, `${host}:8080`] }).error).toBeUndefined();
  });

  it.each(HOSTS.bad)('%s is none', (host) => {
    expect(check('services', { host }).error).toEqual({ host: `invalid value: ${host}` });
    expect(check('routes', { hosts: [host] }).error).toEqual({ hosts: [`invalid hostname: ${host}`] });
  });

  it.each(['example.*', '*.example.org', '*.example.org:321'])('%s may stand in a Route', (host) => {
    expect(check('routes', { hosts: [host] }).error).toBeUndefined();
  });

  it.each(['*example.com', 'www.example*', 'mock*bin.com'])('%s may not', (host) => {
    expect(check('routes', { hosts: [host] }).error).toEqual({
      hosts: ['invalid wildcard: must be placed at leftmost or rightmost label'],
    });
  });
});

it.each(['exa.mp.le', '3x4_mp_13', '~3..x4~.M-p~1__3_', '孔', 'Конг', '🦍'])('%s is a name', (name) => {
  expect(check('services', service({ name })).error).toBeUndefined();
});

function NO_MATCH(protocol: string, attributes: string): string {
  return `must set one of ${attributes} when 'protocols' is ${protocol}`;
}

describe('an entity is completed', () => {
  it.each([
    ['http://a', { protocol: 'http', host: 'a', port: 80, path: undefined }],
    ['https://a', { protocol: 'https', host: 'a', port: 443, path: undefined }],
    ['https://a:8443/v1/', { protocol: 'https', host: 'a', port: 8443, path: '/v1/' }],
    ['//a:443', { protocol: 'https', host: 'a', port: 443 }],
    ['//a', { protocol: 'http', host: 'a', port: 80 }],
    ['http://[::1]:9/x?y#z', { protocol: 'http', host: '::1', port: 9, path: '/x' }],
    ['http://user@a/', { protocol: 'http', host: 'a', port: 80, path: '/' }],
  ])('a Service from the url %s', (url, expected) => {
    const { value, error } = check('services', { url, host: 'overruled', port: 1 });

    expect(error).toBeUndefined();
    expect(value).toMatchObject(expected);
    expect(value).not.toHaveProperty('url');
  });

  it('a Service without a host says so when its url has none', () => {
    expect(check('services', { url: 'nope' }).error).toEqual({
      host: 'required field missing',
      path: 'should start with: /',
    });
  });

  it.each([
    ['example.test', 'example.test:8000'],
    ['example.test:80', 'example.test:80'],
    ['10.0.0.1', '10.0.0.1:8000'],
    ['001.002.003.004:05', '1.2.3.4:5'],
    ['::1', '[0000:0000:0000:0000:0000:0000:0000:0001]:8000'],
    ['[FE80::a:1]:80', '[fe80:0000:0000:0000:0000:0000:000a:0001]:80'],
    ['[::]:80', '[0000:0000:0000:0000:0000:0000:0000:0000]:80'],
    ['[1:2:3:4:5:6:7:8]:80', '[0001:0002:0003:0004:0005:0006:0007:0008]:80'],
  ])('a Target %s is kept as %s', (given, kept) => {
    expect(check('targets', target({ target: given })).value).toMatchObject({ target: kept, weight: 100 });
  });

  it.each([
    [{ hash_on: 'ip' }, { algorithm: 'consistent-hashing', hash_on: 'ip' }],
    [{ hash_on: 'none' }, { algorithm: 'round-robin', hash_on: 'none' }],
    [
      { hash_on: 'ip', algorithm: 'least-connections' },
      { algorithm: 'least-connections', hash_on: 'none' },
    ],
    [{ algorithm: 'latency' }, { algorithm: 'latency', hash_on: 'none' }],
    [{}, { algorithm: 'round-robin', hash_on: 'none' }],
  ])('an Upstream %j becomes %j', (given, expected) => {
    expect(check('upstreams', upstream(given)).value).toMatchObject(expected);
  });

  it('credentials get keys and secrets of 32 letters and digits, each its own', () => {
    const [first, second] = [1, 2].map(
      () => check('jwt_secrets', { consumer: { id: ID } }).value as { key: string; secret: string },
    );

    expect(first?.key).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(first?.secret).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(first?.key).not.toBe(second?.key);
  });

  it('defaults do not come back in the place of an explicit null', () => {
    expect(check('services', service({ retries: null })).value).toMatchObject({ retries: undefined, port: 80 });
  });

  it('a set loses what it says twice and keeps its order', () => {
    expect(check('routes', route({ methods: ['POST', 'GET', 'POST'] })).value).toMatchObject({
      methods: ['POST', 'GET'],
    });
  });
});

describe('a key', () => {
  it('is a JSON Web Key whose kid is the entity’s', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'mine' });

    expect(check('keys', { kid: 'mine', jwk }).error).toBeUndefined();
    expect(check('keys', { kid: 'other', jwk }).error).toEqual({
      '@entity': ['kid in jwk.kid must be equal to keys.kid'],
    });
  });

  it('is a PEM pair of which one half will do', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = {
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };

    expect(check('keys', { kid: 'a', pem: { public_key: pem.public_key } }).error).toBeUndefined();
    expect(check('keys', { kid: 'a', pem }).error).toBeUndefined();
    expect(check('keys', { kid: 'a', pem: {} }).error).toEqual({
      pem: { '@entity': ["at least one of these fields must be non-empty: 'private_key', 'public_key'"] },
    });
  });
});
