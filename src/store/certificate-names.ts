import type { EntityDefinition } from '../entities/entity.js';
import type { ErrorTree } from '../entities/error-tree.js';
import { listOf, text } from '../entities/field-schema.js';
import { type EntityBase, wildcardSniName } from '../entities/field-types.js';
import { checkedField } from '../entities/record-schema.js';
import type { Draft } from './draft.js';
import { type EntityError, type Outcome, schemaViolation } from './entity-error.js';
import { entityWith, fieldOf, referenceOf } from './entity-key.js';

/** One name may be written as it is. */
const listed = (names: unknown): unknown => (typeof names === 'string' ? [names] : names);

const NAMES = checkedField(listOf(text({ rule: wildcardSniName })));

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

  /** What is wrong with names as such, whoever has them. */
  problem(names: unknown): ErrorTree | undefined {
    return names === undefined ? undefined : NAMES(listed(names)).error;
  }

  /** Gives a Certificate these names, with which there is no problem, and no others. */
  assign(draft: Draft, certificate: EntityBase, given: unknown): EntityError | undefined {
    const names = listed(given) as string[];
    const problem = this.refusal(draft, certificate, names);
    if (problem !== undefined) return schemaViolation({ snis: problem });
    for (const sni of sniEntities(draft, certificate)) {
      if (!names.some((name) => name === fieldOf(sni, 'name'))) draft.remove('snis', sni.id);
    }
    for (const name of names) {
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
