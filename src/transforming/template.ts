import { bytesOfText } from '../lua/byte-text.js';

/** What a value of the configuration becomes on one request: bytes, one character each. */
export interface Template {
  render(): string;
}

export function templateOf(source: string): Template {
  const bytes = bytesOfText(source);
  return { render: () => bytes };
}

/** Why a value cannot be a template; `undefined`: it can. */
export function templateFault(_source: string): string | undefined {
  return undefined;
}
