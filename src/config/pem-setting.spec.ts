import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { pemOf } from './pem-setting.js';

const file = fileURLToPath(new URL('../../test/support/tls/server.pem', import.meta.url));
const pem = readFileSync(file, 'utf8');

describe('a certificate given by a setting', () => {
  it.each([
    ['its file', file],
    ['its text', pem],
    ['its text in base64', Buffer.from(pem).toString('base64')],
  ])('is given by %s', (_, setting) => {
    expect(pemOf('KONG_SSL_CERT', setting)).toBe(pem);
  });

  it.each([
    [
      'a file that is not there',
      '/nowhere/at-all.pem',
      'KONG_SSL_CERT is neither PEM text nor a file that can be read (ENOENT)',
    ],
    ['a folder', '/', 'KONG_SSL_CERT is neither PEM text nor a file that can be read (EISDIR)'],
    ['a file of something else', 'package.json', 'KONG_SSL_CERT leads to a text that is not in PEM form'],
  ])('cannot be given by %s', (_, setting, message) => {
    expect(() => pemOf('KONG_SSL_CERT', setting)).toThrow(message);
  });
});
