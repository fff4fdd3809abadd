import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { settingVariables } from '../../src/config/settings.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const known = settingVariables().map(([variable]) => variable);

describe.each(['README.md', 'CONTRIBUTING.md', 'Dockerfile', 'config/kong.yaml'])('%s', (page) => {
  const text = readFileSync(page, 'utf8');
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name as string);

  it('names settings that exist', () => {
    expect(found(/\b((?:KONG|SLUICE)_[A-Z_]+[A-Z])\b(?!_)/g).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('names commands that exist', () => {
    expect(found(/\bnpm run ([a-z:]+)/g).filter((name) => !(name in scripts))).toEqual([]);
  });

  it('leads to files that exist', () => {
    const links = found(/\]\(([^)#:]+)\)/g);
    const paths = found(/`((?:src|test|config)\/[\w./-]+)`/g);
    expect([...links, ...paths].filter((path) => !existsSync(path))).toEqual([]);
  });
});
