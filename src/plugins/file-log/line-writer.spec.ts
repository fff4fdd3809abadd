import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bytes } from '../../entities/units.js';
import { LineWriter } from './line-writer.js';

let folder: string;
let path: string;
let lost: number;
let troubles: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'line-writer-'));
  path = join(folder, 'log.json');
  lost = 0;
  troubles = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const writerTo = (file: string, mostWaiting?: number) =>
  new LineWriter(
    file,
    {
      lost: (lines) => {
        lost += lines;
      },
      trouble: (doing, { code }) => troubles.push(`${doing} ${code}`),
    },
    mostWaiting === undefined ? undefined : bytes(mostWaiting),
  );

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('Lines written to a file', () => {
  it('are appended in order behind what the file had', async () => {
    writeFileSync(path, 'before\n');
    const writer = writerTo(path);
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);

    for (const line of lines) writer.write(`${line}\n`);
    await writer.close();

    expect(linesOf(path)).toEqual(['before', ...lines]);
    expect(lost).toBe(0);
  });

  it('make a file that others may read', async () => {
    const before = process.umask(0o022);
    const writer = writerTo(path);
    writer.write('a\n');
    await writer.close();
    process.umask(before);

    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it('go to the file that was moved away until the path is opened anew', async () => {
    const writer = writerTo(path);
    writer.write('one\n');
    await writer.flushed();
    renameSync(path, `${path}.1`);
    writer.write('two\n');
    await writer.flushed();
    writer.reopen();
    writer.write('three\n');
    await writer.close();

    expect(linesOf(`${path}.1`)).toEqual(['one', 'two']);
    expect(linesOf(path)).toEqual(['three']);
  });

  it('reach a reader at the other end of a pipe that is slower than they are', async () => {
    execFileSync('mkfifo', [path]);
    // Three lines make more than a pipe holds, so the writer has to wait for the reader.
    const reader = spawn('head', ['-c', '150003'], { stdio: [openSync(path, 'r+'), 'pipe', 'inherit'] });
    const read = text(reader.stdout as Readable);
    const writer = writerTo(path);
    const line = `${'x'.repeat(50_000)}\n`;
    for (let count = 0; count < 3; count++) writer.write(line);
    await writer.close();

    expect(await read).toBe(line.repeat(3));
    expect(lost).toBe(0);
  });
});

describe('A file that cannot be written', () => {
  it('in a directory that does not exist costs its lines, and is said once', async () => {
    const writer = writerTo(join(folder, 'missing', 'log.json'));
    for (let count = 0; count < 3; count++) {
      writer.write('a\n');
      await writer.flushed();
    }

    expect({ lost, troubles }).toEqual({ lost: 3, troubles: ['open ENOENT'] });
  });

  it('is written as soon as its directory exists', async () => {
    const writer = writerTo(join(folder, 'late', 'log.json'));
    writer.write('lost\n');
    await writer.flushed();
    mkdirSync(join(folder, 'late'));
    writer.write('kept\n');
    await writer.close();

    expect(linesOf(join(folder, 'late', 'log.json'))).toEqual(['kept']);
    expect(lost).toBe(1);
  });

  it('for lack of permission costs its lines, and is said once', async () => {
    // A directory: nobody, not even root, may write to it.
    const writer = writerTo(folder);
    writer.write('a\n');
    writer.write('b\n');
    await writer.flushed();

    expect({ lost, troubles }).toEqual({ lost: 2, troubles: ['open EISDIR'] });
  });

  it('because the disk is full costs its lines and nothing else', async () => {
    const writer = writerTo('/dev/full');
    for (let count = 0; count < 3; count++) {
      writer.write('a\n');
      await writer.flushed();
    }

    expect({ lost, troubles }).toEqual({ lost: 3, troubles: ['write ENOSPC'] });
  });

  it('is said again when it happens again after lines got through', async () => {
    const file = join(folder, 'now', 'log.json');
    const writer = writerTo(file);
    const one = async () => {
      writer.reopen();
      writer.write('a\n');
      await writer.flushed();
    };
    await one();
    mkdirSync(join(folder, 'now'));
    await one();
    rmSync(join(folder, 'now'), { recursive: true });
    await one();

    expect(troubles).toEqual(['open ENOENT', 'open ENOENT']);
  });
});

describe('What waits for a slow disk', () => {
  it('is taken up to the bound and lost beyond it', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const writer = writerTo(path, 1000);
    for (let count = 0; count < 12; count++) writer.write(line);
    await writer.close();

    expect(linesOf(path)).toHaveLength(10);
    expect(lost).toBe(2);
  });

  it('makes room as it is written', async () => {
    const writer = writerTo(path, 1000);
    for (let count = 0; count < 30; count++) {
      writer.write(`${'x'.repeat(99)}\n`);
      await writer.flushed();
    }
    await writer.close();

    expect(linesOf(path)).toHaveLength(30);
    expect(lost).toBe(0);
  });
});
