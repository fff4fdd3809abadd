import { KONG_VERSION } from '../admin/kong-version.js';
import { PRODUCT } from '../entities/product.js';
import { type Command, GOOD, say } from './command.js';

export const versionCommand: Command = {
  name: 'version',
  takes: '',
  summary: 'Tells the version of this program.',
  help: 'And which version of Kong its Admin API is that of, because tools choose their ways by it.',
  async run() {
    say(`${PRODUCT.name} ${PRODUCT.version} (Node ${process.versions.node}, Admin API of Kong ${KONG_VERSION})`);
    return GOOD;
  },
};
