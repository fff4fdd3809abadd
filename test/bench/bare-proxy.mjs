// A yardstick: the least that Node and undici need to pass a request on. It reads the body, replaces the key, and copies
// what comes back. It knows no routes, looks at nothing, logs nothing and counts nothing.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2], { connections: 512, pipelining: 1, allowH2: false });

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const headers = [];
    const { rawHeaders } = request;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index].toLowerCase();
      if (name === 'host' || name === 'connection' || name === 'content-length' || name === 'authorization') continue;
      headers.push(rawHeaders[index], rawHeaders[index + 1]);
    }
    headers.push('authorization', 'Bearer sk-bench');
    pool.dispatch({ path: '/v1/responses', method: request.method, headers, body }, new Copy(response));
  });
});

class Copy {
  constructor(response) {
    this.response = response;
  }

  onRequestStart(controller) {
    this.response.on('close', () => {
      if (!this.response.writableFinished) controller.abort(new Error('the client left'));
    });
  }

  onResponseStart(controller, status, headers) {
    delete headers['transfer-encoding'];
    delete headers.connection;
    this.response.writeHead(status, headers);
    this.response.on('drain', () => controller.resume());
  }

  onResponseData(controller, chunk) {
    if (!this.response.write(chunk)) controller.pause();
  }

  onResponseEnd() {
    this.response.end();
  }

  onResponseError() {
    this.response.destroy();
  }
}

server.listen({ port: Number(process.argv[3]), host: '127.0.0.1', backlog: 4096 });
