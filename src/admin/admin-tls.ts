import type { RequestListener } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { pemOf } from '../config/pem-setting.js';
import type { Settings } from '../config/settings.js';
import { selfSignedCertificate } from '../proxy/self-signed-certificate.js';

/** A TLS listener of the Admin API: how it identifies itself and whom it lets in. */
export function secureServer(settings: Settings, answer: RequestListener): Server {
  const { adminSslCert, adminSslCertKey, adminClientAuthorities } = settings;
  const clients: ServerOptions =
    adminClientAuthorities === undefined
      ? {}
      : {
          ca: pemOf('KONG_NGINX_ADMIN_SSL_CLIENT_CERTIFICATE', adminClientAuthorities),
          requestCert: true,
          rejectUnauthorized: true,
        };
  const own =
    adminSslCert === undefined || adminSslCertKey === undefined
      ? selfSignedCertificate()
      : { cert: pemOf('KONG_ADMIN_SSL_CERT', adminSslCert), key: pemOf('KONG_ADMIN_SSL_CERT_KEY', adminSslCertKey) };
  return createServer({ ...clients, ...own }, answer);
}
