import { createSecureContext, type SecureContext } from 'node:tls';
import type { Snapshot } from '../config/snapshot.js';
import type { Vaults } from '../config/vault-references.js';
import type { Certificate, Sni } from '../entities/certificate.js';
import { usableCertificate } from './usable-certificate.js';

/**
 * Which certificate a client is shown, by the server name it asks for: an exact name, then `*.suffix`, then `prefix.*`, else
 * the default. Built once per snapshot, because parsing keys in a handshake would be seen. Source: kong-core 3.7.
 */
export class TlsContexts {
  private constructor(private readonly byName: ReadonlyMap<string, SecureContext>) {}

  static readonly NONE = new TlsContexts(new Map());

  /** Throws, naming the certificate, when one cannot be used. */
  static from(snapshot: Snapshot, vaults: Vaults): TlsContexts {
    const contexts = new Map<string, SecureContext>();
    for (const certificate of snapshot.all<Certificate>('certificates').values()) {
      const usable = usableCertificate(certificate, vaults);
      if (usable) contexts.set(certificate.id, contextOf(usable));
    }
    const byName = new Map<string, SecureContext>();
    for (const { name, certificate } of snapshot.all<Sni>('snis').values()) {
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
function contextOf({ id, cert, key, cert_alt, key_alt }: Certificate): SecureContext {
  try {
    return createSecureContext({ cert: given(cert, cert_alt), key: given(key, key_alt) });
  } catch (error) {
    throw new Error(`certificate '${id}' cannot be used: ${(error as Error).message}`);
  }
}

const given = (...texts: (string | undefined)[]): string[] =>
  texts.filter((text) => text !== undefined && text !== null);
