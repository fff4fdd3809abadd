import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminApi, ask, startAdminApi } from '../support/admin-api.js';

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly config: unknown;
}

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/ai/config-cases.json', import.meta.url), 'utf8'),
) as readonly Case[];

const NOTHING = { _format_version: '3.0', consumers: [{ username: 'somebody' }] };

let admin: AdminApi;
beforeAll(async () => {
  admin = await startAdminApi({ KONG_DECLARATIVE_CONFIG_STRING: JSON.stringify(NOTHING) });
});
afterAll(() => admin.close());

interface Refusal {
  readonly fields?: { readonly [field: string]: unknown };
}

/**
 * What each way into the gateway says of a plugin's configuration: the errors by field, or `undefined` where it is good.
 * Without a database a good entity is refused all the same, for being one (405).
 */
async function verdicts(plugin: { name: string; config: unknown }): Promise<unknown[]> {
  const validated = await ask(admin, '/schemas/plugins/validate', { body: plugin });
  const posted = await ask(admin, '/plugins', { body: plugin });
  const loaded = await ask(admin, '/config', { body: { _format_version: '3.0', plugins: [plugin] } });
  if (loaded.status === 201) await ask(admin, '/config', { body: NOTHING });
  expect([200, 400]).toContain(validated.status);
  expect([400, 405]).toContain(posted.status);
  expect([201, 400]).toContain(loaded.status);
  const { plugins } = (loaded.body as Refusal).fields ?? {};
  return [
    (validated.body as Refusal).fields,
    (posted.body as Refusal).fields,
    loaded.status === 201 ? undefined : (plugins as unknown[] | undefined)?.[0],
  ];
}

/** What a plugin's code, rather than its schema, cannot work with is an error of the whole. */
const isOfTheWhole = (fields: unknown) => typeof fields === 'object' && fields !== null && '@entity' in fields;

describe('the verdict on a configuration is the same through every door', () => {
  it.each(cases.map((one) => [`${one.plugin} ${one.name}`, one] as const))('%s', async (_name, { plugin, config }) => {
    const [validated, posted, loaded] = await verdicts({ name: plugin, config });

    expect(loaded).toEqual(validated);
    // An entity that is refused for being one never comes to where a plugin would have to work with it.
    if (!isOfTheWhole(validated) || posted !== undefined) expect(posted).toEqual(validated);
  });
});
