import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GatewayLog } from './gateway-log.js';

describe('the log of the gateway', () => {
  let written: string;

  beforeEach(() => {
    written = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    [
      'a field of a request: x\n2026-01-01T00:00:00.000Z [crit] proxy: all is lost',
      '\n  2026-01-01T00:00:00.000Z [crit]',
    ],
    ['a return\rover what was written', 'a return\\x0dover'],
    ['an order \u001b[2J to the terminal', 'an order \\x1b[2J to'],
    ['a null \0 and a C1 \u009b', 'a null \\x00 and a C1 \\x9b'],
    ['é, 模型 and \ttabs stay', 'é, 模型 and \ttabs stay'],
    ['settings cannot be used:\n  one\n  two', 'settings cannot be used:\n  one\n  two'],
  ])('shows %j so that nobody can write lines of his own', (message, expected) => {
    new GatewayLog('info').warn(message, 'proxy');

    expect(written).toContain(expected);
    expect(written.split('\n').filter((line) => /^\d{4}-/.test(line))).toHaveLength(1);
  });
});
