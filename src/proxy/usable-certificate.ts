import { Logger } from '@nestjs/common';
import { resolveReferences, type Vaults } from '../config/vault-references.js';
import { Certificate } from '../entities/certificate.js';

const logger = new Logger('tls');

/** A Certificate with the values of its vault references; `undefined`, with a warning, where one of them leads nowhere. */
export function usableCertificate(certificate: Certificate, vaults: Vaults): Certificate | undefined {
  const { config, unresolved } = resolveReferences(Certificate, certificate, vaults);
  const [broken] = unresolved;
  if (!broken) return config;
  const { path, reference, missing } = broken;
  logger.warn(`certificate '${certificate.id}' is not used: its ${path} is ${reference}, and there is no ${missing}`);
  return undefined;
}
