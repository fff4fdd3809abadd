import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { selfSignedCertificate } from './self-signed-certificate.js';

describe("the gateway's own certificate", () => {
  const { cert, key } = selfSignedCertificate();
  const certificate = new X509Certificate(cert);

  it('is for localhost, signed by its own key', () => {
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.subject).toBe('CN=localhost');
    expect(certificate.issuer).toBe('CN=localhost');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('is valid now and for years, and vouches for nobody else', () => {
    expect(certificate.validFromDate.getTime()).toBeLessThanOrEqual(Date.now());
    expect(certificate.validToDate.getUTCFullYear() - certificate.validFromDate.getUTCFullYear()).toBe(20);
    expect(certificate.ca).toBe(false);
  });

  it('is made once', () => {
    expect(selfSignedCertificate()).toEqual({ cert, key });
  });
});
