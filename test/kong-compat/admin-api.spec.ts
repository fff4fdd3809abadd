import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminApi, ask, startAdminApi } from '../support/admin-api.js';

interface Recording {
  /** What Kong's own `GET /config` said, and so a file Kong wrote. */
  readonly configuration: string;
  readonly cases: readonly Case[];
}

interface Case {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: object;
  };
}

const recording = JSON.parse(readFileSync(new URL('./fixtures/admin-api.json', import.meta.url), 'utf8')) as Recording;

/** Differs from run to run, from YAML reader to YAML reader, or by design. */
const OWN = [
  // Offsets are opaque.
  'offset',
  'next',
  'node_id',
];

let admin: AdminApi;
beforeAll(async () => {
  admin = await startAdminApi({ KONG_DECLARATIVE_CONFIG_STRING: recording.configuration });
});
afterAll(() => admin.close());

describe('the Admin API without a database answers as Kong 3.9.3', () => {
  it.each(recording.cases.map((one) => [`${one.method} ${one.path}`, one] as const))('%s', async (_name, one) => {
    const { status, headers, body } = await ask(admin, one.path, one);

    expect(status).toBe(one.answer.status);
    for (const [name, value] of Object.entries(one.answer.headers))
      expect([name, headers.get(name)]).toEqual([name, value]);
    if (one.answer.body) expect(comparable(body)).toMatchObject(comparable(one.answer.body));
    else expect(body).toBeUndefined();
  });
});

describe('flags of /config', () => {
  const config = '_format_version: "3.0"\nservices:\n- name: x\n';
  const flattened = [{ entity_name: 'x', errors: [{ field: 'host', message: 'required field missing' }] }];

  it.each([
    ['in the query', '/config?flatten_errors=1', { config }],
    ['beside a text', '/config', { config, flatten_errors: true }],
    ['in a form', '/config', `flatten_errors=on&config=${encodeURIComponent(config)}`],
    ['within the configuration', '/config', { _format_version: '3.0', services: [{ name: 'x' }], flatten_errors: 1 }],
  ])('stand %s', async (_name, path, body) => {
    const answer = await ask(admin, path, { body });

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ flattened_errors: flattened });
    expect((answer.body as { fields: object }).fields).toEqual({});
  });

  it('leave in fields what is no mistake of an entity', async () => {
    const body = { _format_version: '3.0', services: [{ name: 'x' }], nonsense: 1 };

    expect((await ask(admin, '/config?flatten_errors=1', { body })).body).toMatchObject({
      message: 'declarative config is invalid: {nonsense="unknown field"}',
      fields: { nonsense: 'unknown field' },
      flattened_errors: flattened,
    });
    expect((await ask(admin, '/config', { body })).body).toEqual({
      code: 14,
      name: 'invalid declarative configuration',
      message: 'declarative config is invalid: {nonsense="unknown field",services={{host="required field missing"}}}',
      fields: { nonsense: 'unknown field', services: [{ host: 'required field missing' }] },
    });
  });

  it('a name that is declared twice is told in the place of its entity', async () => {
    const services = [
      { name: 'x', host: 'a' },
      { name: 'x', host: 'b' },
    ];
    const problem = "uniqueness violation: 'services' entity with name set to 'x' already declared";

    expect((await ask(admin, '/config', { body: { _format_version: '3.0', services } })).body).toMatchObject({
      message: `declarative config is invalid: {services={[2]="${problem}"}}`,
      fields: { services: [null, problem] },
    });
  });

  it('ask whether there is anything new', async () => {
    const same = { config: recording.configuration, check_hash: 1 };
    await ask(admin, '/config', { body: { config: recording.configuration } });

    expect((await ask(admin, '/config', { body: same })).status).toBe(304);
  });

  it('do not make a text of what is none', async () => {
    const response = await fetch(`${admin.url}/config`, {
      method: 'POST',
      body: Buffer.from('_format_version: "3.0"\nservices:\n- name: "\xff"\n  host: a\n', 'latin1'),
      headers: { 'content-type': 'text/yaml' },
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 14,
      fields: { error: 'failed parsing declarative configuration: it is not UTF-8' },
    });
  });
});

it('a path that cannot be decoded is refused in the form of every other answer', async () => {
  expect(await ask(admin, '/services/%zz')).toMatchObject({ status: 400, body: { message: 'Bad request' } });
});

/** Our fields may be more than Kong's, never fewer. The reader of YAML is another, and words its complaints its own way. */
function comparable(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (name, member: unknown) => {
    if (OWN.includes(name)) return undefined;
    if (typeof member === 'string')
      return member.replace(/(failed parsing declarative configuration: ).*?("?\}?)$/, '$1…$2');
    return member;
  }) as object;
}
