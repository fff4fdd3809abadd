import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, in PEM form. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

const YEARS_VALID = 20;

let made: OwnCertificate | undefined;

/**
 * What a TLS listener shows to clients whose name nobody configured, unless a setting names something better: a certificate
 * for `localhost` of our own making, which no client trusts unasked. Made once per process. Written here because it is a page,
 * takes two milliseconds, and is needed at every start; the libraries that write certificates take a tenth of a second and
 * 20 MB to load.
 */
export function selfSignedCertificate(): OwnCertificate {
  made ??= make('localhost', new Date());
  return made;
}

function make(host: string, now: Date): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const toBeSigned = tbsCertificate(host, publicKey, now);
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) as string[];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** RFC 5280, 4.1. */
function tbsCertificate(host: string, publicKey: KeyObject, now: Date): Buffer {
  const end = new Date(now);
  end.setUTCFullYear(now.getUTCFullYear() + YEARS_VALID);
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(host)))));
  const serial = randomBytes(16);
  // A positive number without leading zeros.
  serial[0] = 0x40 | ((serial[0] as number) & 0x3f);
  const names = sequence(der(0x82, Buffer.from(host)));
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(now), time(end)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(SUBJECT_ALTERNATIVE_NAME, der(0x04, names)))),
  );
}

/** The distinguished encoding of one value: tag, length, contents (X.690). */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body]);
  return Buffer.concat([
    Buffer.from(length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]),
    body,
  ]);
}

const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);

/** Two digits of year until 2049, four from then on (RFC 5280, 4.1.2.5). */
function time(moment: Date): Buffer {
  const digits = `${moment.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return moment.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

const COMMON_NAME = Buffer.from('0603550403', 'hex'); // 2.5.4.3
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex'); // 2.5.29.17
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex')); // 1.2.840.10045.4.3.2
