import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/call.js';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

/** A Plugin that tells the client where it is attached. */
const telling = (place: string, more: object = {}) => ({
  name: 'response-transformer',
  config: { add: { headers: [`X-Place:${place}`] } },
  ...more,
});
/** Two plugins that would each name themselves upstream, if the other has not done so before. */
const naming = (name: 'request-transformer' | 'request-transformer-advanced', more: object = {}) => ({
  name,
  config: { add: { headers: [`X-First:${name}`] } },
  ...more,
});

describe('Plugins of a request', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    const route = (name: string, plugins: object[] = []) => ({ name, paths: [`/${name}`], plugins });
    gateway = await startGateway(({ fileLog }) => ({
      _format_version: '3.0',
      services: [
        {
          name: 'bare',
          url: upstream.url,
          routes: [route('bare'), route('bare-route', [telling('route')])],
        },
        {
          name: 'told',
          url: upstream.url,
          plugins: [telling('service')],
          routes: [
            route('told'),
            route('told-route', [telling('route')]),
            route('told-route-off', [telling('route', { enabled: false })]),
            route('told-both'),
          ],
        },
        {
          name: 'told-off',
          url: upstream.url,
          plugins: [telling('service', { enabled: false })],
          routes: [route('told-off')],
        },
        {
          name: 'ordered',
          url: upstream.url,
          routes: [
            route('by-priority', [naming('request-transformer'), naming('request-transformer-advanced')]),
            route('before', [
              naming('request-transformer', { ordering: { before: { access: ['request-transformer-advanced'] } } }),
              naming('request-transformer-advanced'),
            ]),
            route('after', [
              naming('request-transformer'),
              naming('request-transformer-advanced', { ordering: { after: { access: ['request-transformer'] } } }),
            ]),
            route('nobody', [
              naming('request-transformer', { ordering: { before: { access: ['no-such-plugin'] } } }),
              naming('request-transformer-advanced'),
            ]),
          ],
        },
      ],
      plugins: [
        telling('everywhere'),
        telling('route and service', { route: 'told-both', service: 'told' }),
        { name: 'file-log', config: { path: fileLog } },
      ],
    }));
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it.each([
    ['/bare', 'everywhere'],
    ['/bare-route', 'route'],
    ['/told', 'service'],
    ['/told-route', 'route'],
    ['/told-both', 'route and service'],
    // A disabled Plugin takes no part, so the next one does.
    ['/told-route-off', 'service'],
    ['/told-off', 'everywhere'],
    ['/nowhere', 'everywhere'],
  ])('on %s: the one attached to %s acts, and no other of its name', async (path, place) => {
    const { headers } = await call(gateway.proxy + path, { method: 'GET' });
    expect(headers['x-place']).toBe(place);
  });

  it.each([
    ['/by-priority', 'request-transformer-advanced'],
    ['/before', 'request-transformer'],
    ['/after', 'request-transformer'],
    ['/nobody', 'request-transformer-advanced'],
  ])('on %s: %s has its turn first', async (path, first) => {
    await call(gateway.proxy + path, { method: 'GET' });
    expect(upstream.seen.at(-1)?.headers['x-first']).toBe(first);
  });

  it('log what no Route matched where they are attached to everything', async () => {
    await call(`${gateway.proxy}/nowhere-at-all`, { method: 'GET' });
    const line = await gateway.logLine(({ request }) => request.uri === '/nowhere-at-all');
    expect(line).toMatchObject({ response: { status: 404 }, source: 'kong' });
    expect(line).not.toHaveProperty('route');
  });

  const load = async (...plugins: object[]) =>
    call(`${gateway.admin}/config?check_hash=0`, { body: { _format_version: '3.0', plugins } });

  it('have names of their own, which no two may share', async () => {
    const answer = await load(telling('one', { instance_name: 'teller' }), {
      name: 'prometheus',
      instance_name: 'teller',
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('instance_name');
  });

  it('cannot be attached twice to the same', async () => {
    const answer = await load(telling('one'), telling('another'));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/uniqueness violation|unique/);
  });

  it('say what is wrong with their order', async () => {
    const answer = await load(telling('one', { ordering: { before: { access: 'file-log' } } }));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('ordering');
  });
});
