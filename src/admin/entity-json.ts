import { Injectable } from '@nestjs/common';
import { ConfigStore } from '../config/config-store.js';
import { Certificate } from '../entities/certificate.js';
import { entityAnswer } from '../entities/entity-answer.js';
import type { EntityBase } from '../entities/field-types.js';
import { fieldOf, referenceOf } from '../store/entity-key.js';

/** Entities as the Admin API shows them. */
@Injectable()
export class EntityJson {
  constructor(private readonly config: ConfigStore) {}

  /** A Certificate shows the names that belong to it, although these are entities of their own. */
  of(entity: EntityBase): object {
    const fields = entityAnswer(entity);
    if (!(entity instanceof Certificate)) return fields;
    const snis = [...this.config.snapshot().all('snis').values()].filter(
      (sni) => referenceOf(sni, 'certificate') === entity.id,
    );
    return { ...fields, snis: snis.map((sni) => fieldOf(sni, 'name')).sort() };
  }
}
