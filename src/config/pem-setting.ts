import { readFileSync } from 'node:fs';

const IN_BASE64 = /^[A-Za-z0-9+/\s]{64,}={0,2}\s*$/;

/**
 * The PEM text a setting stands for: the setting itself, the same in base64, or what is in the file it names (Kong: ssl_cert
 * and its relatives). Throws, without repeating what may be a key, when it is none of them.
 */
export function pemOf(variable: string, setting: string): string {
  const text = setting.startsWith('-----BEGIN ') ? setting : (decoded(setting) ?? contents(variable, setting));
  if (!text.includes('-----BEGIN ')) throw new Error(`${variable} leads to a text that is not in PEM form`);
  return text;
}

function decoded(setting: string): string | undefined {
  const text = IN_BASE64.test(setting) ? Buffer.from(setting, 'base64').toString() : '';
  return text.startsWith('-----BEGIN ') ? text : undefined;
}

function contents(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${variable} is neither PEM text nor a file that can be read (${code})`);
  }
}
