import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteDatabase } from './sqlite-database.js';

let folder: string;
const opened: SqliteDatabase[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'));
});
afterEach(() => {
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true });
});

function open(): SqliteDatabase {
  const database = new SqliteDatabase(folder);
  opened.push(database);
  database.open();
  return database;
}

const put = (id: string, value: number) => ({ kind: 'services', id, body: { id, value } });
const gone = (id: string) => ({ kind: 'services', id, body: undefined });

describe('the embedded database', () => {
  it('begins empty, at revision 0', () => {
    expect(open().load()).toEqual({ revision: 0, changes: [] });
  });

  it('keeps what was committed, for whoever opens it next', () => {
    open().commit(0, [put('a', 1), put('b', 2)]);

    expect(open().load()).toEqual({ revision: 1, changes: [put('a', 1), put('b', 2)] });
  });

  it('refuses a commit on a revision that is no longer the newest, and writes nothing', () => {
    const database = open();
    database.commit(0, [put('a', 1)]);

    expect(database.commit(0, [put('a', 2), put('b', 2)])).toBeUndefined();
    expect(database.load()).toEqual({ revision: 1, changes: [put('a', 1)] });
  });

  it('tells what changed since a revision, each entity once, as it is now', () => {
    const [writer, reader] = [open(), open()];
    writer.commit(0, [put('a', 1), put('b', 1)]);
    writer.commit(1, [put('a', 2)]);
    writer.commit(2, [put('a', 3), gone('b')]);

    expect(reader.changesAfter(1)).toEqual({ revision: 3, changes: [put('a', 3), gone('b')] });
    expect(reader.changesAfter(3)).toEqual({ revision: 3, changes: [] });
    expect(reader.load()).toEqual({ revision: 3, changes: [put('a', 3)] });
  });

  it('cannot tell what changed since a revision it has not reached', () => {
    expect(open().changesAfter(5)).toBeUndefined();
  });

  it('forgets removals after ten thousand commits, and says so to those who were away for longer', () => {
    const database = open();
    database.commit(0, [put('a', 1)]);
    database.commit(1, [gone('a')]);
    for (let revision = 2; revision < 20_000; revision++) database.commit(revision, []);

    expect(database.changesAfter(1)).toBeUndefined();
    expect(database.changesAfter(10_000)).toEqual({ revision: 20_000, changes: [] });
  }, 60_000);

  it('is readable for its owner alone', () => {
    open();

    expect(statSync(join(folder, 'configuration.db')).mode & 0o777).toBe(0o600);
  });

  it('is not touched by a version older than the one that wrote it', () => {
    open();
    const newer = new DatabaseSync(join(folder, 'configuration.db'));
    newer.exec("INSERT INTO sluice_migrations VALUES (99, '2030-01-01')");
    newer.close();

    expect(open).toThrow('has layout 99, which a newer version wrote');
  });
});
