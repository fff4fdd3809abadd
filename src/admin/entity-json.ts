import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { Certificate, type Sni } from '../entities/certificate.js';
import { entityAnswer } from '../entities/entity-answer.js';
import type { EntityBase } from '../entities/field-types.js';
import { isObject } from '../entities/record-schema.js';
import { Vault } from '../entities/vault.js';

/** Entities as the Admin API shows them. */
@Injectable()
export class EntityJson {
  constructor(private readonly config: ConfigStore) {}

  of(entity: EntityBase): object {
    const fields = entityAnswer(entity);
    if (entity instanceof Certificate) return { ...fields, snis: this.namesOf(entity) };
    if (entity instanceof Vault) return { ...fields, config: withoutNulls(fields['config']) };
    return fields;
  }

  /** The names a Certificate is shown for are entities of their own. */
  private namesOf({ id }: Certificate): string[] {
    return [...this.config.snapshot().all<Sni>('snis').values()]
      .filter((sni) => sni.certificate.id === id)
      .map(({ name }) => name)
      .sort();
  }
}

/** decK knows no defaults of vaults: it takes whatever it did not write for a difference, nulls too. */
function withoutNulls(config: unknown): object | null {
  if (!isObject(config)) return null;
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}
