import type { EntityDefinition } from '../entities/entity.js';
import type { EntityBase } from '../entities/field-types.js';
import type { Draft } from './draft.js';
import { type EntityError, type Outcome, schemaViolation } from './entity-error.js';
import { entityWith, fieldOf, referenceOf } from './entity-key.js';

/** The server names of Certificates are entities of their own, yet can be written with the Certificate, as `snis`. */
export class CertificateNames {
  constructor(
    private readonly insertSni: (draft: Draft, fields: Readonly<Record<string, unknown>>) => Outcome<EntityBase>,
  ) {}

  /** Separates `snis` from a Certificate's own fields. `names` is `undefined` where they are to stay as they are. */
  take(
    { name }: EntityDefinition,
    whole: Readonly<Record<string, unknown>>,
  ): { fields: Record<string, unknown>; names: unknown } {
    const { snis, ...fields } = whole;
    return name === 'certificates'
      ? { fields, names: snis === null ? [] : snis }
      : { fields: { ...whole }, names: undefined };
  }

  /** Gives a Certificate these names and no others. */
  assign(draft: Draft, certificate: EntityBase, names: unknown): EntityError | undefined {
    const wanted = typeof names === 'string' ? [names] : names;
    if (!isTextList(wanted)) return schemaViolation({ snis: 'expected a set of names' });
    const problem = this.refusal(draft, certificate, wanted);
    if (problem !== undefined) return schemaViolation({ snis: problem });
    for (const sni of sniEntities(draft, certificate)) {
      if (!wanted.some((name) => name === fieldOf(sni, 'name'))) draft.remove('snis', sni.id);
    }
    for (const name of wanted) {
      if (entityWith(draft.snapshot, 'snis', 'name', name)) continue;
      const added = this.insertSni(draft, { name, certificate: { id: certificate.id } });
      if ('error' in added) return added.error;
    }
    return undefined;
  }

  private refusal(draft: Draft, certificate: EntityBase, names: readonly string[]): string | undefined {
    const repeated = names.find((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) return `${repeated} is duplicated`;
    for (const name of names) {
      const other = entityWith(draft.snapshot, 'snis', 'name', name);
      const owner = other && referenceOf(other, 'certificate');
      if (owner !== undefined && owner !== certificate.id) {
        return `${name} already associated with existing certificate '${owner}'`;
      }
    }
    return undefined;
  }
}

const sniEntities = (draft: Draft, { id }: EntityBase): EntityBase[] =>
  [...draft.snapshot.all('snis').values()].filter((sni) => referenceOf(sni, 'certificate') === id);

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((element) => typeof element === 'string');
