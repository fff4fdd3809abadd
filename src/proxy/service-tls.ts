import { pemOf } from '../config/pem-setting.js';
import type { Settings } from '../config/settings.js';
import type { Snapshot } from '../config/snapshot.js';
import { trustedAuthorities } from '../config/trusted-authorities.js';
import type { Vaults } from '../config/vault-references.js';
import type { CaCertificate, Certificate } from '../entities/certificate.js';
import type { Service } from '../entities/service.js';
import type { Upstream } from '../entities/upstream.js';
import type { UpstreamTls } from '../transport/attempt.js';
import { usableCertificate } from './usable-certificate.js';

const SECURE = new Set(['https', 'grpcs', 'wss', 'tls']);

type ClientCertificate = NonNullable<UpstreamTls['certificate']>;

/** How TLS is spoken to the upstreams of Services: what the settings say for all, and each Service for its own. */
export class ServiceTls {
  /** `undefined`: whom Node trusts. */
  private readonly trusted: readonly string[] | undefined;
  private readonly certificate: ClientCertificate | undefined;

  constructor(settings: Settings) {
    const { clientSsl, clientSslCert, clientSslCertKey } = settings;
    this.trusted = trustedAuthorities(settings);
    if (!clientSsl) return;
    if (clientSslCert === undefined || clientSslCertKey === undefined) {
      throw new Error('KONG_CLIENT_SSL is on: it needs KONG_CLIENT_SSL_CERT and KONG_CLIENT_SSL_CERT_KEY');
    }
    this.certificate = {
      cert: pemOf('KONG_CLIENT_SSL_CERT', clientSslCert),
      key: pemOf('KONG_CLIENT_SSL_CERT_KEY', clientSslCertKey),
    };
  }

  /** Tells for each Service of a snapshot, and the Upstream it goes to, how its TLS is spoken; `undefined`: not at all. */
  from(snapshot: Snapshot, vaults: Vaults): (service: Service, upstream?: Upstream) => UpstreamTls | undefined {
    const certificates = new Map<string, ClientCertificate | undefined>();
    const certificateOf = (id: string): ClientCertificate | undefined => {
      if (!certificates.has(id)) {
        const entity = snapshot.get<Certificate>('certificates', id);
        const usable = entity && usableCertificate(entity, vaults);
        certificates.set(id, usable && { cert: usable.cert, key: usable.key });
      }
      return certificates.get(id);
    };
    return (service, upstream) => {
      if (!SECURE.has(service.protocol)) return undefined;
      const { id } = service.client_certificate ?? upstream?.client_certificate ?? {};
      return {
        // Kong's open-source core does not verify unless it is told to.
        verify: service.tls_verify === true,
        verifyDepth: service.tls_verify_depth ?? undefined,
        authorities: service.ca_certificates ? trustedBy(service.ca_certificates, snapshot) : this.trusted,
        certificate: id === undefined ? this.certificate : certificateOf(id),
      };
    };
  }
}

const trustedBy = (ids: readonly string[], snapshot: Snapshot): string[] =>
  ids.flatMap((id) => snapshot.get<CaCertificate>('ca_certificates', id)?.cert ?? []);
