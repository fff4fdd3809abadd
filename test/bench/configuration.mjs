// How long a large declarative file takes from text to snapshot, right and wrong: node test/bench/configuration.mjs [path of a built project].
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const SERVICES = 2000;
const ROUTES_EACH = 5;
const ROUNDS = 7;

const built = pathToFileURL(path.resolve(process.argv[2] ?? 'dist')).href;
await import('reflect-metadata');
const { coreRegistry } = await import(`${built}/entities/core-entities.js`);
const { readDeclarative } = await import(`${built}/config/declarative-reader.js`);
const { FileLogConfig } = await import(`${built}/plugins/file-log/file-log.config.js`);

const registry = coreRegistry();
registry.addPlugin({ name: 'file-log', priority: 9, config: FileLogConfig, version: '0' });
const options = { registry, enabledPlugins: new Set(['file-log']), environment: {}, now: Date.now() / 1000 };

const lines = ['_format_version: "3.0"', 'services:'];
for (let service = 0; service < SERVICES; service++) {
  lines.push(
    `- name: service-${service}`,
    `  url: http://host-${service}.test:8080/base`,
    '  tags: [a, b]',
    '  routes:',
  );
  for (let route = 0; route < ROUTES_EACH; route++) {
    lines.push(
      `  - name: route-${service}-${route}`,
      `    paths: [/service-${service}/${route}, "~/pattern-${service}/${route}/\\\\d+"]`,
      `    hosts: [host-${service}.test]`,
      '    methods: [GET, POST]',
      '    plugins: [{name: file-log, config: {path: /dev/null}}]',
    );
  }
}
const text = `${lines.join('\n')}\n`;
const wrong = text.replaceAll('methods:', 'mehtods:');

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
for (const [name, file] of [
  ['right', text],
  ['wrong in every Route', wrong],
]) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    readDeclarative([{ file: undefined, text: file }], options);
    times.push(performance.now() - start);
  }
  const routes = SERVICES * ROUTES_EACH;
  const size = (text.length / 1e6).toFixed(1);
  console.log(`${name}: ${routes} Routes, ${routes} Plugins, ${size} MB of YAML: ${median(times).toFixed(0)} ms`);
}
