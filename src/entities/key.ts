import { createPrivateKey, createPublicKey } from 'node:crypto';
import { pemPrivateKey, pemPublicKey } from './certificate.js';
import { Entity } from './entity.js';
import { RecordOf, ReferenceTo, Text } from './field.js';
import { EntityBase } from './field-types.js';
import { AtLeastOneOf, AtMostOneOf, Rule } from './record-rules.js';
import { isObject, isVaultReference } from './record-schema.js';

/** Keys that belong together, such as those of one issuer. Source: Kong kong/db/schema/entities/key_sets.lua. */
@Entity({ name: 'key_sets', singular: 'key_set', adminName: 'key-sets', nameKey: 'name', stableIdFrom: 'name' })
export class KeySet extends EntityBase {
  @Text() name?: string;
}

@AtLeastOneOf('private_key', 'public_key')
class PemPair {
  @Text({ referenceable: true, encrypted: true }) private_key?: string;
  @Text({ referenceable: true }) public_key?: string;
}

function pemPair({ private_key, public_key }: PemPair): string | undefined {
  if (isVaultReference(private_key) || isVaultReference(public_key)) return undefined;
  if (public_key !== undefined && pemPublicKey(public_key)) return 'could not load public key';
  if (private_key === undefined) return undefined;
  if (pemPrivateKey(private_key)) return 'could not load private key';
  if (public_key === undefined) return undefined;
  const own = createPublicKey(createPrivateKey(private_key));
  return own.equals(createPublicKey(public_key)) ? undefined : 'public key does not match private key';
}

/** What is wrong with a JSON Web Key. Source: Kong kong/db/schema/entities/keys.lua. */
function webKeyProblem(text: string, kid: unknown): string | undefined {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    return 'could not json decode jwk string';
  }
  if (!isObject(jwk) || jwk['kid'] !== kid) return 'kid in jwk.kid must be equal to keys.kid';
  return isKey(jwk) ? undefined : 'could not load JWK, likely not a valid key';
}

function isKey(jwk: Readonly<Record<string, unknown>>): boolean {
  if (jwk['kty'] === 'oct') return typeof jwk['k'] === 'string';
  try {
    const key = { key: jwk as never, format: 'jwk' } as const;
    if (jwk['d'] === undefined) createPublicKey(key);
    else createPrivateKey(key);
    return true;
  } catch {
    return false;
  }
}

/** A key for signatures or encryption. Source: Kong kong/db/schema/entities/keys.lua. */
@Entity({
  name: 'keys',
  singular: 'key',
  nameKey: 'name',
  stableIdFrom: 'name',
  cacheKey: ['kid', 'set'],
  uniqueTogether: [['kid', 'set']],
})
@AtMostOneOf('jwk', 'pem')
@AtLeastOneOf('jwk', 'pem')
@Rule(({ jwk, kid }, report) => {
  if (typeof jwk !== 'string' || isVaultReference(jwk)) return;
  const problem = webKeyProblem(jwk, kid);
  if (problem) report.entity(problem);
})
export class Key extends EntityBase {
  @ReferenceTo('key_sets', { cascade: true }) set?: { id: string };
  @Text() name?: string;
  @Text({ required: true }) kid!: string;
  /** A JSON Web Key, as JSON. */
  @Text({ referenceable: true, encrypted: true }) jwk?: string;
  @RecordOf(PemPair, { rule: pemPair }) pem?: PemPair;
}
