import { describe, expect, it } from '@jest/globals';
import type { ConsumerGroupMember } from '../entities/consumer-group.js';
import { coreRegistry } from '../entities/core-entities.js';
import type { BasicauthCredential, KeyauthCredential } from '../entities/credentials.js';
import { ListOf, MapOf, RecordOf, Text } from '../entities/field.js';
import { text } from '../entities/field-schema.js';
import type { PluginEntity } from '../entities/plugin-entity.js';
import { AtLeastOneOf } from '../entities/record-rules.js';
import type { Route } from '../entities/route.js';
import type { Service } from '../entities/service.js';
import type { Target } from '../entities/target.js';
import { pathText, problemReport } from './configuration-problem.js';
import { type Refusal, readDeclarative } from './declarative-reader.js';
import type { Snapshot } from './snapshot.js';

class Auth {
  @Text() header_name?: string;
  @Text({ encrypted: true, referenceable: true, maxLength: 20 }) header_value?: string;
}

@AtLeastOneOf('greeting', 'letters')
class EchoConfig {
  @Text() greeting?: string = 'hello';
  @RecordOf(Auth) auth?: Auth;
  @ListOf(text({ oneOf: ['alpha', 'beta'] })) letters?: string[];
  @MapOf(text({ encrypted: true, rule: (secret: string) => `${secret} is too weak` })) secrets?: Record<string, string>;
}

const NOW = 1_795_329_793.488;

function read(...files: string[]) {
  const registry = coreRegistry();
  registry.addPlugin({ name: 'echo', priority: 1, config: EchoConfig, version: '1' });
  registry.addPlugin({
    name: 'wide',
    priority: 1,
    config: Auth,
    version: '1',
    refusedScopes: ['consumer'],
    protocols: ['grpc', 'grpcs', 'http', 'https'],
  });
  registry.addPlugin({ name: 'shut', priority: 1, config: Auth, version: '1' });
  const named = files.map((file, index) => ({ file: files.length > 1 ? `${index}.yml` : undefined, text: file }));
  return readDeclarative(named, {
    registry,
    enabledPlugins: new Set(['echo', 'wide']),
    environment: { DECK_PORT: '8081', DECK_KEY: 'sk-1' },
    now: NOW,
  });
}

function accepted(...files: string[]): Snapshot {
  const result = read(...files);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.snapshot;
}

function refused(...files: string[]): Refusal {
  const result = read(...files);
  if ('snapshot' in result) throw new Error('the file was accepted');
  return result;
}

/** `line:column path: message` of every problem. */
const told = ({ problems }: Refusal) =>
  problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);

const all = <T extends { id: string }>(snapshot: Snapshot, kind: string) =>
  [...snapshot.all(kind).values()] as unknown as T[];

describe('a declarative file', () => {
  it('becomes the entities, defaults and ids that Kong makes of it', () => {
    const snapshot = accepted(`
_format_version: "3.0"
services:
- name: s1
  url: http://127.0.0.1:19000/up
  tags: [a]
  routes:
  - name: r1
    paths: [/r1]
plugins:
- name: echo
  service: s1
consumers:
- username: alice
upstreams:
- name: u1
  targets: [{target: "127.0.0.1:19000", weight: 10}]
`);

    // Ids as Kong 3.9.3 answered them for these names.
    expect(all<Service>(snapshot, 'services')).toEqual([
      expect.objectContaining({
        id: '356ebaf8-b7af-5cba-99a1-f392e34730ab',
        host: '127.0.0.1',
        port: 19000,
        path: '/up',
        retries: 5,
        created_at: 1795329793,
        updated_at: 1795329793,
      }),
    ]);
    expect(all<Route>(snapshot, 'routes')).toEqual([
      expect.objectContaining({
        id: '4726a05a-d550-537e-9fc3-a07c7a1188c7',
        service: { id: '356ebaf8-b7af-5cba-99a1-f392e34730ab' },
        protocols: ['http', 'https'],
      }),
    ]);
    expect(all<Target>(snapshot, 'targets')).toEqual([
      expect.objectContaining({
        id: 'a6b6ded7-27fc-5393-ba8a-c98d672a8c26',
        upstream: { id: '0e7a237a-6645-50cc-8e6d-514947af04b9' },
        created_at: NOW,
      }),
    ]);
    expect(all(snapshot, 'consumers')).toEqual([
      expect.objectContaining({ id: 'b32379d9-3d28-5683-a79c-72139be6e34f' }),
    ]);
    const [plugin] = all<PluginEntity>(snapshot, 'plugins');
    expect(plugin?.config).toBeInstanceOf(EchoConfig);
    expect(plugin?.config).toMatchObject({ greeting: 'hello' });
  });

  it('makes a plugin’s id from its name and scope as Kong does', () => {
    const registry = coreRegistry();
    registry.addPlugin({ name: 'key-auth', priority: 1, config: Auth, version: '1' });
    const file = '{"_format_version":"3.0","services":[{"name":"s1","host":"a","plugins":[{"name":"key-auth"}]}]}';
    const result = readDeclarative([{ file: undefined, text: file }], {
      registry,
      enabledPlugins: new Set(['key-auth']),
      environment: {},
      now: NOW,
    });

    const { snapshot } = result as { snapshot: Snapshot };
    expect([...snapshot.all('plugins').keys()]).toEqual(['c490489e-4399-5c4c-b86d-ad8ac16eb6f5']);
  });

  it('gives the same ids to nameless entities in every load, and different ones to equal ones', () => {
    const file = '{"_format_version":"3.0","services":[{"host":"a"},{"host":"a"},{"host":"b"}]}';
    const ids = [...accepted(file).all('services').keys()];

    expect([...accepted(file).all('services').keys()]).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  it('is frozen to its last member', () => {
    const [route] = all<Route>(
      accepted('{"_format_version":"3.0","routes":[{"paths":["/a"],"headers":{"a":["b"]}}]}'),
      'routes',
    );

    expect(() => route?.headers?.['a']?.push('c')).toThrow(TypeError);
    expect(() => Object.assign(route as object, { name: 'x' })).toThrow(TypeError);
  });

  it('carries the MD5 of its text', () => {
    expect(accepted('{"_format_version":"3.0"}').hash).toBe('99dfc9682094be67032e234e30455f54');
  });

  it.each([
    ['the name', 'service: s1'],
    ['an object with the name', 'service: {name: s1}'],
    ['the id', 'service: 356ebaf8-b7af-5cba-99a1-f392e34730ab'],
    ['an object with the id', 'service: {id: 356ebaf8-b7af-5cba-99a1-f392e34730ab}'],
  ])('refers to other entities by %s', (_, reference) => {
    const snapshot = accepted(`
_format_version: "3.0"
routes: [{paths: [/a], ${reference}}]
services: [{name: s1, host: a}]
plugins: [{name: echo, ${reference}}]
`);

    expect(all<Route>(snapshot, 'routes')[0]?.service).toEqual({ id: '356ebaf8-b7af-5cba-99a1-f392e34730ab' });
    expect(all<PluginEntity>(snapshot, 'plugins')[0]?.service?.id).toBe('356ebaf8-b7af-5cba-99a1-f392e34730ab');
  });

  it('nests what refers to an entity at any depth', () => {
    const snapshot = accepted(`
_format_version: "3.0"
services:
- name: s
  host: a
  routes:
  - name: r
    paths: [/]
    plugins: [{name: echo}]
  plugins: [{name: echo}]
consumers:
- username: alice
  keyauth_credentials: [{key: k1}]
  acls: [{group: admins}]
  plugins: [{name: echo}]
consumer_groups:
- name: gold
  plugins: [{name: echo}]
`);

    const ids = (kind: string) => [...snapshot.all(kind).keys()];
    expect(
      all<PluginEntity>(snapshot, 'plugins').map(({ route, service, consumer, consumer_group }) =>
        [route, service, consumer, consumer_group].map((scope) => scope?.id),
      ),
    ).toEqual([
      [ids('routes')[0], undefined, undefined, undefined],
      [undefined, ids('services')[0], undefined, undefined],
      [undefined, undefined, ids('consumers')[0], undefined],
      [undefined, undefined, undefined, ids('consumer_groups')[0]],
    ]);
    expect(all<KeyauthCredential>(snapshot, 'keyauth_credentials')).toEqual([
      expect.objectContaining({ key: 'k1', consumer: { id: ids('consumers')[0] } }),
    ]);
    expect(snapshot.all('acls').size).toBe(1);
  });

  it.each([
    ['a Consumer’s groups', 'consumers: [{username: alice, groups: [{name: gold}]}]\nconsumer_groups: [{name: gold}]'],
    ['a Consumer’s groups as text', 'consumers: [{username: alice, groups: [gold]}]\nconsumer_groups: [{name: gold}]'],
    [
      'a group’s consumers',
      'consumers: [{username: alice}]\nconsumer_groups: [{name: gold, consumers: [{username: alice}]}]',
    ],
    [
      'memberships of their own',
      'consumers: [{username: alice}]\nconsumer_groups: [{name: gold}]\nconsumer_group_consumers: [{consumer: alice, consumer_group: gold}]',
    ],
  ])('tells who is in which group by %s', (_, text) => {
    const snapshot = accepted(`_format_version: "3.0"\n${text}`);

    expect(all<ConsumerGroupMember>(snapshot, 'consumer_group_consumers')).toEqual([
      expect.objectContaining({
        consumer: { id: 'b32379d9-3d28-5683-a79c-72139be6e34f' },
        consumer_group: { id: [...snapshot.all('consumer_groups').keys()][0] },
      }),
    ]);
  });

  it('reads yes, no, on and off as booleans and merges with <<', () => {
    const snapshot = accepted(
      `
_format_version: "3.0"
_comment: kept for people
x: &x
services:
- &base
  host: a
  name: one
  enabled: no
  _comment: this one too
- <<: *base
  name: two
`.replace('x: &x\n', ''),
    );

    expect(all<Service>(snapshot, 'services')).toMatchObject([
      { name: 'one', enabled: false },
      { name: 'two', enabled: false, host: 'a' },
    ]);
  });

  it('takes decK’s variables, tags, defaults and shared plugin configurations', () => {
    const snapshot = accepted(`
_format_version: "3.0"
_workspace: default
_konnect: {control_plane_name: x}
_info:
  select_tags: [team]
  defaults:
    service: {retries: 1, read_timeout: 1000}
    route: {strip_path: false}
_plugin_configs:
  shared: {greeting: hi, auth: {header_name: a, header_value: "\${{ env "DECK_KEY" }}"}}
services:
- name: s
  host: a
  # host: \${{ env "DECK_UNSET" }}
  port: \${{ env "DECK_PORT" | toInt }}
  retries: 3
  tags: [own]
  routes: [{name: r, paths: [/]}]
plugins:
- name: echo
  _config: shared
  config: {auth: {header_name: b}}
`);

    expect(all<Service>(snapshot, 'services')).toMatchObject([
      { port: 8081, retries: 3, read_timeout: 1000, tags: ['own', 'team'] },
    ]);
    expect(all<Route>(snapshot, 'routes')).toMatchObject([{ strip_path: false, tags: ['team'] }]);
    expect(all<PluginEntity>(snapshot, 'plugins')[0]?.config).toMatchObject({
      greeting: 'hi',
      auth: { header_name: 'b', header_value: 'sk-1' },
    });
  });

  it('hashes passwords, unless it says that they are hashed', () => {
    const file = (transform: boolean) => `
_format_version: "3.0"
_transform: ${transform}
consumers: [{id: 3f6c9b3e-5d53-4c6a-9a52-0f6d2f5f7c11, username: a, basicauth_credentials: [{username: u, password: p}]}]
`;
    const password = (transform: boolean) =>
      all<BasicauthCredential>(accepted(file(transform)), 'basicauth_credentials')[0]?.password;

    expect(password(false)).toBe('p');
    expect(password(true)).toMatch(/^[0-9a-f]{40}$/);
  });

  it('marks the patterns among the paths of a format before 3.0', () => {
    const paths = (format: string) =>
      all<Route>(accepted(`_format_version: "${format}"\nroutes: [{paths: [/plain, '/a(b)']}]`), 'routes')[0]?.paths;

    expect(paths('2.1')).toEqual(['/plain', '~/a(b)']);
    expect(paths('3.0')).toEqual(['/plain', '/a(b)']);
  });

  it('may be split over several files', () => {
    const snapshot = accepted(
      '_format_version: "3.0"\nservices: [{name: a, host: a}]',
      '_format_version: "3.0"\nservices: [{name: b, host: b}]\nroutes: [{name: r, paths: [/], service: a}]',
    );

    expect(all<Service>(snapshot, 'services').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(all<Route>(snapshot, 'routes')[0]?.service?.id).toBe([...snapshot.all('services').keys()][0]);
  });
});

describe('a wrong declarative file', () => {
  it('is told every mistake at once, with its place and a way out', () => {
    const refusal = refused(`_format_version: "3.0"
services:
- name: x
  url: nope
  routes:
  - hots: [a]
  - name: ok
    paths: [x]
    plugins:
    - name: ecko
    - name: echo
      config:
        auth: {header_value: "0123456789012345678901234567890"}
        letters: [alpha, bta]
plugins:
- name: echo
  service: y
foo: 1
`);

    expect(told(refusal)).toEqual([
      '4:3 services[0].host: required field missing',
      '4:3 services[0].path: should start with: /',
      '6:5 services[0].routes[0].hots: unknown field',
      "6:5 services[0].routes[0]: must set one of 'methods', 'hosts', 'headers', 'paths', 'snis' when 'protocols' is 'https'",
      '8:13 services[0].routes[1].paths[0]: should start with: / (fixed path) or ~/ (regex path)',
      "10:7 services[0].routes[1].plugins[0].name: plugin 'ecko' not enabled; add it to the 'plugins' configuration property",
      '13:16 services[0].routes[1].plugins[1].config.auth.header_value: length must be at most 20',
      '14:26 services[0].routes[1].plugins[1].config.letters[1]: expected one of: alpha, beta',
      "17:3 plugins[0].service: invalid reference 'service: y' (no such entry in 'services')",
      '18:1 foo: unknown field',
    ]);
    expect(refusal.problems.map(({ remedy }) => remedy)).toEqual(
      expect.arrayContaining([
        "did you mean 'hosts'?",
        "did you mean 'echo'?",
        "did you mean 'beta'?",
        "did you mean 'x'?",
        expect.stringMatching(/^add host: write text/),
      ]),
    );
  });

  it('gets Kong’s error object in the shape of the file', () => {
    const { kongError } = refused(`_format_version: "3.0"
services:
- {name: ok, host: a}
- {name: x, url: nope}
`);

    expect(kongError).toEqual({
      code: 14,
      name: 'invalid declarative configuration',
      message:
        'declarative config is invalid: {services={[2]={host="required field missing",path="should start with: /"}}}',
      fields: { services: [null, { host: 'required field missing', path: 'should start with: /' }] },
    });
  });

  // As Kong 3.9.3 answered.
  it.each([
    ['{}', '{_format_version="required field missing"}', { _format_version: 'required field missing' }],
    ['_format_version: "3.0"\nfoo: 1', '{foo="unknown field"}', { foo: 'unknown field' }],
    [
      '_format_version: "3.0"\nservices:\n- name: x\n  url: nope\n',
      '{services={{host="required field missing",path="should start with: /"}}}',
      { services: [{ host: 'required field missing', path: 'should start with: /' }] },
    ],
  ])('%j is answered as Kong answers it', (file, table, fields) => {
    expect(refused(file).kongError).toEqual({
      code: 14,
      name: 'invalid declarative configuration',
      message: `declarative config is invalid: ${table}`,
      fields,
    });
  });

  it.each([
    ['_format_version: 3.0', '_format_version: expected a string', 'write _format_version: "3.0", with the quotes'],
    ['_format_version: "4.0"', '_format_version: expected one of: 1.1, 2.1, 3.0', undefined],
    ['_format_version: "3.0"\nservcies: []', 'servcies: unknown field', "did you mean 'services'?"],
    ['_format_version: "3.0"\nservices: 1', 'services: expected an array', 'write services as a list'],
    ['_format_version: "3.0"\nservices: [1]', 'services[0]: expected a record', undefined],
    [
      '_format_version: "3.0"\nservices: [{name: s, host: a}, {name: s, host: b}]',
      "services[1]: uniqueness violation: 'services' entity with name set to 's' already declared",
      'give it another name',
    ],
    [
      '_format_version: "3.0"\nconsumers: [{username: a, custom_id: x}, {username: b, custom_id: x}]',
      "consumers[1]: uniqueness violation: 'consumers' entity with custom_id set to 'x' already declared",
      'give it another custom_id',
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: echo, id: 3f6c9b3e-5d53-4c6a-9a52-0f6d2f5f7c11}, {name: echo}]',
      "plugins[1]: uniqueness violation: 'plugins' entity with name,route,service,consumer,consumer_group set to 'echo,,,,' already declared",
      undefined,
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: shut}]',
      "plugins[0].name: plugin 'shut' not enabled; add it to the 'plugins' configuration property",
      'add shut to KONG_PLUGINS',
    ],
    [
      '_format_version: "3.0"\nconsumers: [{username: a, plugins: [{name: wide}]}]',
      'consumers[0].plugins[0].consumer: value must be null',
      undefined,
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: wide, protocols: [http, tcp]}]',
      'plugins[0].protocols[1]: expected one of: grpc, grpcs, http, https',
      undefined,
    ],
    [
      '_format_version: "3.0"\nroutes: [{paths: [/], plugins: [{name: echo, protocols: [grpc]}]}]',
      "routes[0].plugins[0].protocols: must match the associated route's protocols",
      'use at least one of http, https',
    ],
    [
      '_format_version: "3.0"\nservices: [{host: a, routes: [{paths: [/]}], plugins: [{name: echo, protocols: [grpc]}]}]',
      "services[0].plugins[0].protocols: must match the protocols of at least one route pointing to this Plugin's service",
      'use one of http, https',
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: echo, config: {greeting: null}}]',
      "plugins[0].config: at least one of these fields must be non-empty: 'greeting', 'letters'",
      undefined,
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: echo, _config: constructor}]',
      'plugins[0]._config: _plugin_config "constructor" not found',
      'add it to _plugin_configs',
    ],
    [
      '_format_version: "3.0"\nplugins: [{name: echo, _config: x}]',
      'plugins[0]._config: _plugin_config "x" not found',
      undefined,
    ],
    [
      '_format_version: "3.0"\nconsumers: [{username: a, groups: [{name: gold}]}]',
      `consumers[0].groups[0]: invalid reference 'consumer_group: {"name":"gold"}' (no such entry in 'consumer_groups')`,
      'declare it under consumer_groups',
    ],
  ])('%j is refused', (file, message, remedy) => {
    const { problems } = refused(file);

    expect(problems.map((problem) => `${problem.path}: ${problem.message}`)).toEqual([message]);
    if (remedy !== undefined) expect(problems[0]?.remedy).toBe(remedy);
  });

  it('does not show secrets: neither encrypted values nor those under names nobody knows', () => {
    const { problems, kongError } = refused(`_format_version: "3.0"
plugins:
- name: echo
  config:
    auth: {header_value: "Bearer sk-very-secret-0123456789", header_vlaue: "Bearer sk-other-secret"}
    secrets: {a: sk-weak}
consumers:
- {username: a, keyauth_credentials: [{key: sk-twice}, {key: sk-twice}]}
`);

    const text = JSON.stringify([problems, kongError]);
    expect(problems).toHaveLength(4);
    expect(text).not.toMatch(/sk-/);
    expect(text).toMatch(/\*{6}/);
  });

  it('names the file, and counts on over the files for Kong’s error', () => {
    const refusal = refused(
      '_format_version: "3.0"\nservices: [{name: a, host: a}]',
      '_format_version: "3.0"\nservices: [{name: b}]',
    );

    expect(refusal.problems).toEqual([
      expect.objectContaining({ file: '1.yml', path: 'services[0].host', line: 2, column: 12 }),
    ]);
    expect(refusal.kongError.fields).toEqual({ services: [null, { host: 'required field missing' }] });
  });

  it('refuses files that speak of different workspaces', () => {
    const [a, b] = ['a', 'b'].map((name) => `_format_version: "3.0"\n_workspace: ${name}`) as [string, string];

    expect(told(refused(a, b))).toEqual(["2:1 _workspace: the files name different workspaces: 'a' and 'b'"]);
  });

  it('says where the text cannot be read at all', () => {
    const refusal = refused('services: [');

    expect(refusal.kongError.fields).toEqual({
      error: expect.stringMatching(/^failed parsing declarative configuration: 1:12: /),
    });
    expect(refusal.problems).toMatchObject([{ line: 1, column: 12, path: '' }]);
  });

  it.each([
    ['of aliases that multiply', `x: &a [1,1,1,1,1,1,1,1,1,1]\n${multiplied('bcdefgh')}`],
    ['of an alias of itself', 'services: &a [*a]'],
  ])('is refused when it is made %s', (_, file) => {
    expect(refused(`_format_version: "3.0"\n${file}`).problems).toMatchObject([
      { message: expect.stringContaining('aliases stand for more than'), remedy: 'let aliases stand for less' },
    ]);
  });

  it('is reported in so many lines as somebody reads', () => {
    const services = Array.from({ length: 60 }, () => ({}));
    const { problems } = refused(JSON.stringify({ _format_version: '3.0', services }));

    expect(problems).toHaveLength(60);
    expect(problemReport(problems)).toMatch(
      /^the declarative configuration has 60 mistakes:\n {2}1:\d+ {2}services\[0\]\.host\n[\s\S]*\n {2}and 10 more$/,
    );
  });

  it('a secret of few letters does not tear other words apart', () => {
    const file = '{"_format_version":"3.0","certificates":[{"cert":"{vault://env/c}","key":"y"}]}';

    expect(refused(file).problems).toMatchObject([{ message: 'invalid key: not a private key in PEM form' }]);
  });

  it('a name that is more than a name to JavaScript is as unknown as any other', () => {
    const file =
      '{"_format_version":"3.0","__proto__":{},"services":[{"host":"a","__proto__":{"port":1},"constructor":1}]}';

    expect(refused(file).problems).toMatchObject([
      { path: '__proto__', message: 'unknown field' },
      { path: 'services[0].__proto__', message: 'unknown field' },
      { path: 'services[0].constructor', message: 'unknown field' },
    ]);
    expect(JSON.stringify(refused(file).kongError.fields)).toBe(
      '{"__proto__":"unknown field","services":[{"__proto__":"unknown field","constructor":"unknown field"}]}',
    );
  });

  it.each([
    ['', 'failed parsing declarative configuration: expected an object'],
    ['- a', 'failed parsing declarative configuration: expected an object'],
    ['a: $' + '{{ env "DECK_UNSET" }}', "environment variable 'DECK_UNSET' present in state file but not set"],
  ])('%j is no declarative file', (file, message) => {
    expect(refused(file).problems).toMatchObject([{ message }]);
  });
});

/** Lines in which each letter stands for ten times what the letter before it does. */
function multiplied(letters: string): string {
  const before = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 1);
  return letters
    .split('')
    .map((letter) => `${letter}: &${letter} [${`*${before(letter)},`.repeat(10)}]`)
    .join('\n');
}

describe('a path', () => {
  it('is written as people write it', () => {
    expect(pathText(['services', 0, 'routes', 1, 'headers', 'x-a b'])).toBe('services[0].routes[1].headers["x-a b"]');
  });
});
