import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import type { Settings } from '../config/settings.js';
import { selfSignedCertificate } from '../proxy/tls-contexts.js';

/** How TLS listeners of the Admin API identify themselves and whom they let in. */
export async function adminTls(settings: Settings): Promise<ServerOptions> {
  const { adminSslCert, adminSslCertKey, adminClientAuthorities } = settings;
  const own =
    adminSslCert !== undefined && adminSslCertKey !== undefined
      ? { cert: await pem(adminSslCert), key: await pem(adminSslCertKey) }
      : await selfSignedCertificate();
  if (adminClientAuthorities === undefined) return own;
  return { ...own, ca: await pem(adminClientAuthorities), requestCert: true, rejectUnauthorized: true };
}

/** A setting that is PEM text itself, or names a file with it. */
const pem = async (setting: string): Promise<string> =>
  setting.startsWith('-----BEGIN ') ? setting : readFile(setting, 'utf8');
