import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EchoUpstream, echoUpstream } from '../support/echo-upstream.js';
import { type Gateway, startGateway } from '../support/start-gateway.js';

describe('a connection that is kept', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;

  beforeAll(async () => {
    upstream = await echoUpstream();
    const services = [{ name: 'echo', url: upstream.url, routes: [{ name: 'echo', paths: ['/'] }] }];
    const env = { KONG_NGINX_HTTP_KEEPALIVE_REQUESTS: '3' };
    gateway = await startGateway({ _format_version: '3.0', services }, { env });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('is closed, with notice, after as many requests as it may carry, and no request is lost', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers: [status: number | undefined, connection: string | undefined][] = [];
    for (let count = 0; count < 7; count++) {
      const outgoing = request(gateway.proxy, { agent });
      outgoing.end();
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      answers.push([response.statusCode, response.headers.connection]);
    }
    agent.destroy();

    const kept = [200, 'keep-alive'];
    const last = [200, 'close'];
    expect(answers).toEqual([kept, kept, last, kept, kept, last, kept]);
  });
});
