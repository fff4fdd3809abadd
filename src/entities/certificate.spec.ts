import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CaCertificate, Certificate } from './certificate.js';
import { entityDefinition } from './entity.js';
import type { RecordClass } from './field-schema.js';
import { recordSchema } from './record-schema.js';

const pem = (name: string) => readFileSync(`test/support/tls/${name}.pem`, 'utf8');
const [authority, server, serverKey, client, clientKey] = ['ca', 'server', 'server.key', 'client', 'client.key'].map(
  pem,
) as [string, string, string, string, string];

function check<T>(record: RecordClass<T>, given: Record<string, unknown>) {
  entityDefinition(record).complete?.(given);
  return recordSchema(record).check(given);
}

describe('a Certificate', () => {
  it('goes with its own key only', () => {
    expect(check(Certificate, { cert: server, key: serverKey }).error).toBeUndefined();
    expect(check(Certificate, { cert: server, key: clientKey }).error).toEqual({
      '@entity': ['certificate does not match key'],
    });
  });

  it('may leave certificate and key to a vault', () => {
    const references = { cert: '{vault://env/cert}', key: '{vault://env/key}' };

    expect(check(Certificate, references).error).toBeUndefined();
  });

  it('says what is no certificate and no key, without repeating the key', () => {
    expect(check(Certificate, { cert: 'x', key: 'secret' }).error).toEqual({
      cert: expect.stringMatching(/^invalid certificate: /),
      key: 'invalid key: not a private key in PEM form',
    });
  });

  it('has an alternative with its key, of another type', () => {
    const given = { cert: server, key: serverKey };

    expect(check(Certificate, { ...given, cert_alt: '{vault://env/cert}' }).error).toEqual({
      '@entity': ["all or none of these fields must be set: 'cert_alt', 'key_alt'"],
    });
    expect(check(Certificate, { ...given, cert_alt: client, key_alt: clientKey }).error).toEqual({
      '@entity': [expect.stringMatching(/^certificate and alternative certificate need to have different type/)],
    });
  });
});

describe('a CA certificate', () => {
  it('is known by the SHA-256 of its certificate', () => {
    expect(check(CaCertificate, { cert: authority }).value).toMatchObject({
      cert_digest: '7061ba852ac3c6756461fd3f129a4ae808ded14e827b7631003b3080ff766fc6',
    });
  });

  it.each([
    [
      'none of an authority',
      server,
      'certificate does not appear to be a CA because it is missing the "CA" basic constraint',
    ],
    ['more than one', `${authority}\n${authority}`, 'please submit only one certificate at a time'],
  ])('cannot be %s', (_, cert, message) => {
    expect(check(CaCertificate, { cert }).error).toEqual({ '@entity': [message] });
  });

  it('cannot be no certificate', () => {
    expect(check(CaCertificate, { cert: 'x' }).error).toEqual({
      cert: expect.stringMatching(/^invalid certificate: /),
    });
  });
});
