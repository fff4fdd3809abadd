import { rootCertificates } from 'node:tls';
import { pemOf } from './pem-setting.js';
import type { Settings } from './settings.js';

/** PEM texts of the authorities that upstreams' certificates are checked against; `undefined`: those Node trusts. */
export function trustedAuthorities({ trustedCertificates }: Pick<Settings, 'trustedCertificates'>) {
  if (trustedCertificates.every((setting) => setting === 'system')) return undefined;
  return trustedCertificates.flatMap((setting) =>
    setting === 'system' ? rootCertificates : [pemOf('KONG_LUA_SSL_TRUSTED_CERTIFICATE', setting)],
  );
}
