import { createSecureContext, type SecureContext } from 'node:tls';
import type { Snapshot } from '../config/snapshot.js';
import type { EntityBase } from '../entities/field-types.js';

interface CertificateEntity extends EntityBase {
  readonly cert: string;
  readonly key: string;
  readonly cert_alt?: string;
  readonly key_alt?: string;
}

interface SniEntity extends EntityBase {
  readonly name: string;
  readonly certificate: { readonly id: string };
}

/**
 * Which certificate a client is shown, by the server name it asks for: an exact name, then `*.suffix`, then `prefix.*`, else
 * the default. Built once per snapshot, because parsing keys in a handshake would be seen. Source: kong-core 3.7.
 */
export class TlsContexts {
  private constructor(private readonly byName: ReadonlyMap<string, SecureContext>) {}

  static from(snapshot: Snapshot): TlsContexts {
    const contexts = new Map<string, SecureContext>();
    for (const certificate of snapshot.all<CertificateEntity>('certificates').values()) {
      contexts.set(certificate.id, contextOf(certificate));
    }
    const byName = new Map<string, SecureContext>();
    for (const { name, certificate } of snapshot.all<SniEntity>('snis').values()) {
      const context = contexts.get(certificate.id);
      if (context) byName.set(name.toLowerCase(), context);
    }
    return new TlsContexts(byName);
  }

  /** `undefined`: nobody configured that name; the listener's own certificate serves. */
  contextFor(servername: string): SecureContext | undefined {
    const name = servername.toLowerCase().replace(/\.$/, '');
    const exact = this.byName.get(name);
    if (exact) return exact;
    const labels = name.split('.');
    return (
      this.byName.get(['*', ...labels.slice(1)].join('.')) ??
      this.byName.get([...labels.slice(0, -1), '*'].join('.')) ??
      this.byName.get('*')
    );
  }
}

/** Throws, naming no secret, when a certificate and its key do not belong together. */
function contextOf({ id, cert, key, cert_alt, key_alt }: CertificateEntity): SecureContext {
  try {
    return createSecureContext({
      cert: cert_alt === undefined ? cert : [cert, cert_alt],
      key: key_alt === undefined ? key : [key, key_alt],
    });
  } catch (error) {
    throw new Error(`certificate '${id}' cannot be used: ${(error as Error).message}`);
  }
}

/** A certificate for names nobody configured, of our own making: no client trusts it unasked. */
export async function selfSignedCertificate(): Promise<{ cert: string; key: string }> {
  // Loaded only when a TLS listener needs it: it brings an ASN.1 library along.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', curve: 'P-256' });
  return { cert: made.cert, key: made.private };
}
