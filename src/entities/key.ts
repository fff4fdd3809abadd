import { createPrivateKey, createPublicKey } from 'node:crypto';
import { pemPrivateKey, pemPublicKey } from './certificate.js';
import { Entity } from './entity.js';
import { RecordOf, ReferenceTo, Text } from './field.js';
import { EntityBase, NAME_RULE } from './field-types.js';
import { AtLeastOneOf, OnlyOneOf, Rule } from './record-rules.js';
import { isVaultReference } from './record-schema.js';

/** Keys that belong together, such as those of one issuer. Source: Kong kong/db/schema/entities/key_sets.lua. */
@Entity({ name: 'key_sets', singular: 'key_set', adminName: 'key-sets', nameKey: 'name', stableIdFrom: 'name' })
export class KeySet extends EntityBase {
  @Text({ rule: NAME_RULE }) name?: string;
}

@AtLeastOneOf('private_key', 'public_key')
class PemPair {
  @Text({ referenceable: true, encrypted: true, rule: pemPrivateKey }) private_key?: string;
  @Text({ referenceable: true, rule: pemPublicKey }) public_key?: string;
}

function jsonWebKey(text: string): string | undefined {
  try {
    const jwk = JSON.parse(text) as { d?: string; kty?: string };
    if (jwk.kty === 'oct') return undefined;
    const key = { key: jwk as never, format: 'jwk' } as const;
    if (jwk.d === undefined) createPublicKey(key);
    else createPrivateKey(key);
    return undefined;
  } catch {
    return 'could not load JWK';
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
@OnlyOneOf('jwk', 'pem')
@Rule(({ jwk, kid }, report) => {
  if (typeof jwk !== 'string' || isVaultReference(jwk)) return;
  if ((JSON.parse(jwk) as { kid?: unknown }).kid !== kid) report.entity('kid in jwk.kid must be equal to keys.kid');
})
export class Key extends EntityBase {
  @ReferenceTo('key_sets', { cascade: true }) set?: { id: string };
  @Text({ rule: NAME_RULE }) name?: string;
  @Text({ required: true }) kid!: string;
  /** A JSON Web Key, as JSON. */
  @Text({ referenceable: true, encrypted: true, rule: jsonWebKey }) jwk?: string;
  @RecordOf(PemPair) pem?: PemPair;
}
