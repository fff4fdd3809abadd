import { describe, expect, it } from '@jest/globals';
import type { PathStep } from './configuration-problem.js';
import { SourcePositions } from './source-position.js';

const TEXT = `_format_version: "3.0"
services:
- &base
  name: one
  routes:
  - paths: [/a, "/b"]
    headers: {x-a: [1]}
- <<: *base
  "quoted": two
- *base
`;

const JSON_TEXT = '{\n  "services": [\n    {"name": "one", "routes": [{"paths": ["/a"]}]}\n  ]\n}';

describe('the place of a value in a text', () => {
  it.each<[path: PathStep[], line: number, column: number]>([
    [[], 1, 1],
    [['_format_version'], 1, 1],
    [['services'], 2, 1],
    [['services', 0], 4, 3],
    [['services', 0, 'name'], 4, 3],
    [['services', 0, 'routes', 0, 'paths'], 6, 5],
    [['services', 0, 'routes', 0, 'paths', 1], 6, 17],
    [['services', 0, 'routes', 0, 'headers', 'x-a'], 7, 15],
    // What is merged in or repeated is where it is written.
    [['services', 1, 'name'], 4, 3],
    [['services', 1, 'quoted'], 9, 3],
    [['services', 2, 'name'], 4, 3],
    // What is not written is where it should be.
    [['services', 0, 'host'], 4, 3],
    [['services', 0, 'routes', 7], 5, 3],
    [['nothing', 3], 1, 1],
  ])('YAML, %j', (path, line, column) => {
    expect(new SourcePositions(TEXT).of(path)).toEqual({ line, column });
  });

  it.each<[path: PathStep[], line: number, column: number]>([
    [['services', 0], 3, 5],
    [['services', 0, 'name'], 3, 6],
    [['services', 0, 'routes', 0, 'paths', 0], 3, 43],
  ])('JSON, %j', (path, line, column) => {
    expect(new SourcePositions(JSON_TEXT).of(path)).toEqual({ line, column });
  });
});
