import { X509Certificate } from 'node:crypto';
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
  private constructor(
    private readonly byName: ReadonlyMap<string, SecureContext>,
    private readonly fallback: SecureContext,
  ) {}

  static from(snapshot: Snapshot, fallback: SecureContext): TlsContexts {
    const contexts = new Map<string, SecureContext>();
    for (const certificate of snapshot.all<CertificateEntity>('certificates').values()) {
      contexts.set(certificate.id, contextOf(certificate));
    }
    const byName = new Map<string, SecureContext>();
    for (const { name, certificate } of snapshot.all<SniEntity>('snis').values()) {
      const context = contexts.get(certificate.id);
      if (context) byName.set(name.toLowerCase(), context);
      if (context && name === '*') return new TlsContexts(byName, context);
    }
    return new TlsContexts(byName, fallback);
  }

  contextFor(servername: string): SecureContext {
    const name = servername.toLowerCase().replace(/\.$/, '');
    const exact = this.byName.get(name);
    if (exact) return exact;
    const labels = name.split('.');
    return (
      this.byName.get(['*', ...labels.slice(1)].join('.')) ??
      this.byName.get([...labels.slice(0, -1), '*'].join('.')) ??
      this.fallback
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

/** The certificate for names nobody configured: the operator's, else one of our own making that no client trusts unasked. */
export async function defaultContext(own?: { cert: string; key: string }): Promise<SecureContext> {
  if (own) {
    new X509Certificate(own.cert);
    return createSecureContext(own);
  }
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', curve: 'P-256' });
  return createSecureContext({ cert: made.cert, key: made.private });
}
