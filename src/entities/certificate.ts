import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { Entity } from './entity.js';
import { ReferenceTo, Text } from './field.js';
import { EntityBase, wildcardSniName } from './field-types.js';
import { AllOrNone, type RecordRule, Rule } from './record-rules.js';
import { isVaultReference } from './record-schema.js';

const because = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** A PEM certificate, perhaps followed by the chain above it. */
export function pemCertificate(pem: string): string | undefined {
  try {
    new X509Certificate(pem);
    return undefined;
  } catch (error) {
    return `invalid certificate: ${because(error)}`;
  }
}

export function pemPrivateKey(pem: string): string | undefined {
  try {
    createPrivateKey(pem);
    return undefined;
  } catch {
    // The library's own words could quote from the key.
    return 'invalid key: not a private key in PEM form';
  }
}

export function pemPublicKey(pem: string): string | undefined {
  try {
    createPublicKey(pem);
    return undefined;
  } catch {
    return 'invalid key: not a public key in PEM form';
  }
}

const belongTogether = (certField: string, keyField: string, problem: string): RecordRule => {
  return ({ [certField]: cert, [keyField]: key }, report) => {
    if (typeof cert !== 'string' || typeof key !== 'string' || isVaultReference(cert) || isVaultReference(key)) return;
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) report.entity(problem);
  };
};

const twoKinds: RecordRule = ({ cert, cert_alt }, report) => {
  if (typeof cert !== 'string' || typeof cert_alt !== 'string') return;
  if (isVaultReference(cert) || isVaultReference(cert_alt)) return;
  const [type, other] = [cert, cert_alt].map((pem) => new X509Certificate(pem).publicKey.asymmetricKeyType);
  if (type === other) {
    report.entity(
      'certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), ' +
        `the provided certificates were both of the same type`,
    );
  }
};

const secret = { referenceable: true, encrypted: true, rule: pemPrivateKey } as const;

/** A certificate with its key, for TLS to clients or to upstreams. Source: Kong kong/db/schema/entities/certificates.lua. */
@Entity({ name: 'certificates', singular: 'certificate' })
@AllOrNone('cert_alt', 'key_alt')
@Rule(belongTogether('cert', 'key', 'certificate does not match key'))
@Rule(belongTogether('cert_alt', 'key_alt', 'alternative certificate does not match key'))
@Rule(twoKinds)
export class Certificate extends EntityBase {
  @Text({ required: true, referenceable: true, rule: pemCertificate }) cert!: string;
  @Text({ required: true, ...secret }) key!: string;
  /** The same names with another type of key. */
  @Text({ referenceable: true, rule: pemCertificate }) cert_alt?: string;
  @Text(secret) key_alt?: string;
}

/** A server name for which a Certificate is shown. Source: Kong kong/db/schema/entities/snis.lua. */
@Entity({ name: 'snis', singular: 'sni', nameKey: 'name', stableIdFrom: 'name' })
export class Sni extends EntityBase {
  @Text({ required: true, rule: wildcardSniName }) name!: string;
  @ReferenceTo('certificates', { required: true, cascade: true }) certificate!: { id: string };
}

function digest(given: Record<string, unknown>): void {
  const { cert } = given;
  if (typeof cert !== 'string' || pemCertificate(cert) !== undefined) return;
  given['cert_digest'] = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}

const authority: RecordRule = ({ cert }, report) => {
  if (typeof cert !== 'string') return;
  const certificate = new X509Certificate(cert);
  if (cert.split('-----BEGIN CERTIFICATE-----').length > 2) {
    report.entity('please submit only one certificate at a time');
  } else if (certificate.validToDate.getTime() < Date.now()) {
    report.entity('certificate expired, "Not After" time is in the past');
  } else if (!certificate.ca) {
    report.entity('certificate does not appear to be a CA because it is missing the "CA" basic constraint');
  }
};

/** An authority trusted for upstreams' certificates. Source: Kong kong/db/schema/entities/ca_certificates.lua. */
@Entity({ name: 'ca_certificates', singular: 'ca_certificate', unique: ['cert_digest'], complete: digest })
@Rule(authority)
export class CaCertificate extends EntityBase {
  @Text({ required: true, rule: pemCertificate }) cert!: string;
  /** SHA-256 of the certificate, 64 hex digits. */
  @Text() cert_digest?: string;
}
