import { hash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { pemPublicKey } from './certificate.js';
import { Entity } from './entity.js';
import { Flag, Integer, ListOf, ReferenceTo, Text } from './field.js';
import { text } from './field-schema.js';
import { EntityBase } from './field-types.js';
import { isSet, Rule } from './record-rules.js';

/**
 * What Consumers prove who they are with, and the groups of the acl plugin. Source: Kong kong/plugins/<plugin>/daos.lua.
 */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 32 letters and digits, as Kong makes keys and secrets. */
function randomToken(): string {
  let token = '';
  while (token.length < 32) {
    for (const byte of randomBytes(48)) {
      // 248 is the largest multiple of 62 in a byte: beyond it some letters would be likelier than others.
      if (byte < 248 && token.length < 32) token += LETTERS[byte % LETTERS.length] as string;
    }
  }
  return token;
}

const generate = (...fields: string[]) => {
  return (given: Record<string, unknown>): void => {
    for (const field of fields) given[field] ??= randomToken();
  };
};

class Credential extends EntityBase {
  @ReferenceTo('consumers', { required: true, cascade: true }) consumer!: { id: string };
}

@Entity({
  name: 'keyauth_credentials',
  singular: 'keyauth_credential',
  adminName: 'key-auths',
  nestedName: 'key-auth',
  nameKey: 'key',
  unique: ['key'],
  complete: generate('key'),
})
export class KeyauthCredential extends Credential {
  @Text({ encrypted: true }) key!: string;
  /** Seconds until it is no longer accepted, counted from `created_at`. */
  @Integer({ between: [0, 100_000_000] }) ttl?: number;
}

@Entity({
  name: 'basicauth_credentials',
  singular: 'basicauth_credential',
  adminName: 'basic-auths',
  nestedName: 'basic-auth',
  nameKey: 'username',
  cacheKey: ['username'],
  transform: (credential: BasicauthCredential) => {
    credential.password = hash('sha1', credential.password + credential.consumer.id);
  },
})
export class BasicauthCredential extends Credential {
  @Text({ required: true }) username!: string;
  /** Kept as hex SHA-1 of the password and the Consumer's id. */
  @Text({ required: true, encrypted: true }) password!: string;
}

const HMAC = ['HS256', 'HS384', 'HS512'];
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'EdDSA'];

@Entity({
  name: 'jwt_secrets',
  singular: 'jwt_secret',
  adminName: 'jwts',
  nestedName: 'jwt',
  nameKey: 'key',
  unique: ['key'],
  complete: generate('key', 'secret'),
})
@Rule(({ algorithm, rsa_public_key }, report) => {
  if (!/^(RS|PS|EdDSA)/.test(String(algorithm))) return;
  if (typeof rsa_public_key === 'string' && pemPublicKey(rsa_public_key) === undefined) return;
  report.field('rsa_public_key', isSet(rsa_public_key) ? 'invalid key' : 'required field missing');
  report.entity("failed conditional validation given value of field 'algorithm'");
})
export class JwtSecret extends Credential {
  @Text() key!: string;
  @Text({ encrypted: true }) secret!: string;
  /** PEM, for the algorithms with a key pair. */
  @Text() rsa_public_key?: string;
  @Text({ oneOf: [...HMAC, ...ASYMMETRIC] }) algorithm = 'HS256';
}

@Entity({
  name: 'acls',
  singular: 'acl',
  cacheKey: ['consumer', 'group'],
  uniqueTogether: [['consumer', 'group']],
})
export class Acl extends Credential {
  @Text({ required: true }) group!: string;
}

@Entity({
  name: 'hmacauth_credentials',
  singular: 'hmacauth_credential',
  adminName: 'hmac-auths',
  nestedName: 'hmac-auth',
  nameKey: 'username',
  cacheKey: ['username'],
  complete: generate('secret'),
})
export class HmacauthCredential extends Credential {
  @Text({ required: true }) username!: string;
  @Text({ encrypted: true }) secret!: string;
}

/** An absolute URI without fragment. */
function redirectUri(uri: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]+/.test(uri)) return `cannot parse '${uri}'`;
  return uri.includes('#') ? `fragment not allowed in '${uri}'` : undefined;
}

const ITERATIONS = 10_000; // Kong's
const KEY_LENGTH = 32; // Kong's

/** As Kong writes hashed secrets: `$pbkdf2-sha512$i=10000,l=32$<salt>$<hash>`, both in base64 without padding. */
function hashedSecret(secret: string): string {
  const salt = randomBytes(16);
  const hashed = pbkdf2Sync(secret, salt, ITERATIONS, KEY_LENGTH, 'sha512');
  const [saltText, hashText] = [salt, hashed].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
  return `$pbkdf2-sha512$i=${ITERATIONS},l=${KEY_LENGTH}$${saltText}$${hashText}`;
}

@Entity({
  name: 'oauth2_credentials',
  singular: 'oauth2_credential',
  adminName: 'oauth2',
  nameKey: 'client_id',
  unique: ['client_id'],
  complete: generate('client_id', 'client_secret'),
  transform: (credential: Oauth2Credential) => {
    if (credential.hash_secret) credential.client_secret = hashedSecret(credential.client_secret);
  },
})
export class Oauth2Credential extends Credential {
  /** What the application is called. */
  @Text({ required: true }) name!: string;
  @Text() client_id!: string;
  @Text({ encrypted: true }) client_secret!: string;
  /** Whether the secret is kept as a hash. */
  @Flag({ required: true }) hash_secret = false;
  @ListOf(text({ rule: redirectUri })) redirect_uris?: string[];
  @Text({ required: true, oneOf: ['confidential', 'public'] }) client_type = 'confidential';
}

/** Kong Enterprise. */
@Entity({
  name: 'mtls_auth_credentials',
  singular: 'mtls_auth_credential',
  adminName: 'mtls-auths',
  nestedName: 'mtls-auth',
  cacheKey: ['subject_name', 'ca_certificate'],
  uniqueTogether: [['subject_name', 'ca_certificate']],
})
export class MtlsAuthCredential extends Credential {
  /** The name a client's certificate has. */
  @Text({ required: true }) subject_name!: string;
  /** The authority that must have signed it. */
  @ReferenceTo('ca_certificates', { cascade: true }) ca_certificate?: { id: string };
}
