import { createSecureContext } from 'node:tls';
import { pemOf } from '../config/pem-setting.js';
import type { Settings } from '../config/settings.js';
import { selfSignedCertificate } from './self-signed-certificate.js';

/** What a TLS listener shows for names that no Certificate was configured for; several certificates of different key types. */
export function listenerCertificate({ sslCert, sslCertKey }: Settings): { cert: string[]; key: string[] } {
  if (sslCert.length !== sslCertKey.length) {
    throw new Error(
      `KONG_SSL_CERT lists ${sslCert.length} certificates and KONG_SSL_CERT_KEY ${sslCertKey.length} keys: each needs its own`,
    );
  }
  if (sslCert.length === 0) {
    const { cert, key } = selfSignedCertificate();
    return { cert: [cert], key: [key] };
  }
  const given = {
    cert: sslCert.map((setting) => pemOf('KONG_SSL_CERT', setting)),
    key: sslCertKey.map((setting) => pemOf('KONG_SSL_CERT_KEY', setting)),
  };
  try {
    createSecureContext(given);
  } catch (error) {
    throw new Error(`KONG_SSL_CERT and KONG_SSL_CERT_KEY cannot be used: ${(error as Error).message}`);
  }
  return given;
}
