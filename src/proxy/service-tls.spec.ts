import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { anEntity, anUpstream } from '../../test/support/an-upstream.js';
import { Settings, settingsFrom } from '../config/settings.js';
import { Snapshot } from '../config/snapshot.js';
import { Vaults } from '../config/vault-references.js';
import { CaCertificate, Certificate } from '../entities/certificate.js';
import { Service } from '../entities/service.js';
import type { Upstream } from '../entities/upstream.js';
import { ServiceTls } from './service-tls.js';

const file = (name: string) => fileURLToPath(new URL(`../../test/support/tls/${name}.pem`, import.meta.url));
const pem = (name: string) => readFileSync(file(name), 'utf8');

const ids = {
  authority: '11111111-1111-4111-8111-111111111111',
  plain: '22222222-2222-4222-8222-222222222222',
  fromVault: '33333333-3333-4333-8333-333333333333',
  service: '55555555-5555-4555-8555-555555555555',
  nowhere: '44444444-4444-4444-8444-444444444444',
};
const byId = <T extends { id: string }>(...entities: T[]) => new Map(entities.map((entity) => [entity.id, entity]));
const snapshot = new Snapshot(
  new Map<string, ReadonlyMap<string, Certificate | CaCertificate>>([
    ['ca_certificates', byId(anEntity(CaCertificate, { id: ids.authority, cert: pem('ca') }))],
    [
      'certificates',
      byId(
        anEntity(Certificate, { id: ids.plain, cert: pem('client'), key: pem('client.key') }),
        anEntity(Certificate, {
          id: ids.fromVault,
          cert: '{vault://env/client-cert}',
          key: '{vault://env/client-key}',
        }),
        anEntity(Certificate, { id: ids.nowhere, cert: pem('client'), key: '{vault://env/nowhere}' }),
      ),
    ],
  ]),
  '0'.repeat(32),
);
const environment = { CLIENT_CERT: 'the certificate', CLIENT_KEY: 'the key' };

describe('how TLS is spoken to the upstream of a Service', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));

  const tlsOf = (service: object, settings = new Settings(), upstream?: Upstream) => {
    const of = new ServiceTls(settings).from(snapshot, Vaults.of(snapshot, settings, environment));
    return of(anEntity(Service, { id: ids.service, protocol: 'https', host: 'a.test', ...service }), upstream);
  };
  const clientSsl = settingsFrom({
    KONG_CLIENT_SSL: 'on',
    KONG_CLIENT_SSL_CERT: file('server'),
    KONG_CLIENT_SSL_CERT_KEY: pem('server.key'),
  });
  const certificate = (id: string) => ({ client_certificate: { id } });

  it.each(['http', 'grpc', 'ws'])('is not told for %s', (protocol) => {
    expect(tlsOf({ protocol })).toBeUndefined();
  });

  it.each(['https', 'grpcs', 'wss'])(
    'verifies nothing and shows nothing for %s unless somebody wants it',
    (protocol) => {
      expect(tlsOf({ protocol })).toEqual({
        verify: false,
        verifyDepth: undefined,
        authorities: undefined,
        certificate: undefined,
      });
    },
  );

  it('trusts the authorities the Service names, to the depth it names', () => {
    const service = { tls_verify: true, tls_verify_depth: 2, ca_certificates: [ids.authority] };
    expect(tlsOf(service)).toMatchObject({ verify: true, verifyDepth: 2, authorities: [pem('ca')] });
  });

  it.each<[string, readonly string[] | undefined]>([
    ['system', undefined],
    [file('ca'), [pem('ca')]],
    [`${file('ca')}, ${file('chain-ca')}`, [pem('ca'), pem('chain-ca')]],
    [`system, ${file('ca')}`, [...rootCertificates, pem('ca')]],
  ])('trusts with KONG_LUA_SSL_TRUSTED_CERTIFICATE=%s whom that names', (setting, authorities) => {
    const settings = settingsFrom({ KONG_LUA_SSL_TRUSTED_CERTIFICATE: setting });
    expect(tlsOf({ tls_verify: true }, settings)?.authorities).toEqual(authorities);
  });

  it("shows the Service's certificate, else the Upstream's, else the one of the settings", () => {
    const upstream = anUpstream(certificate(ids.fromVault));
    expect(tlsOf(certificate(ids.plain), clientSsl, upstream)?.certificate?.cert).toBe(pem('client'));
    expect(tlsOf({}, clientSsl, upstream)?.certificate?.cert).toBe('the certificate');
    expect(tlsOf({}, clientSsl)?.certificate).toEqual({ cert: pem('server'), key: pem('server.key').trim() });
  });

  it('takes certificate and key out of a vault', () => {
    expect(tlsOf(certificate(ids.fromVault))?.certificate).toEqual({ cert: 'the certificate', key: 'the key' });
  });

  it('shows nothing, rather than something else, where the vault does not have it', () => {
    expect(tlsOf(certificate(ids.nowhere), clientSsl)?.certificate).toBeUndefined();
  });

  it('needs both halves of the certificate the settings switch on', () => {
    const settings = settingsFrom({ KONG_CLIENT_SSL: 'on', KONG_CLIENT_SSL_CERT: file('server') });
    expect(() => new ServiceTls(settings)).toThrow('KONG_CLIENT_SSL_CERT_KEY');
  });
});
