import { describe, expect, it } from '@jest/globals';
import type { LogRecord } from '../pdk/log-record.js';
import { logLine } from './log-line.js';

const record = (more: object) => ({ request: { id: 'a' }, workspace: 'w', ...more }) as unknown as LogRecord;

describe('A log line', () => {
  const route = Object.freeze({ id: 'r', paths: ['/a'] });
  const service = Object.freeze({ id: 's' });

  it.each<[string, object]>([
    ['with Route and Service', { route, service }],
    ['with a Route alone', { route }],
    ['with a Service alone', { service }],
    ['without either', {}],
    ['with something else in the place of a Route', { route: 'none', service: { id: 's' } }],
  ])('says what the record says, %s', (_what, more) => {
    // Twice: the second line is made of kept texts.
    for (let time = 0; time < 2; time++) expect(JSON.parse(logLine(record(more)))).toEqual(record(more));
  });

  it('shows a Route that was changed for its record', () => {
    logLine(record({ route }));
    const changed = { ...route, name: 'changed' };
    logLine(record({ route: changed }));
    changed.name = 'again';

    expect(JSON.parse(logLine(record({ route: changed })))).toEqual(record({ route: changed }));
  });
});
