#!/usr/bin/env node
// Only this file is loaded before the version of Node is known to be new enough, so it imports nothing statically.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  console.error(
    `Node 24.15 or newer is needed, this is ${process.version}. Run it with "npm start", which uses the Node that "npm ci" installed.`,
  );
  process.exit(1);
}
const { keepTickShape } = await import('./tick-shape.js');
keepTickShape();
// First of all: it sets how patterns run, and everything else compiles some.
await import('./bootstrap.js');
const { runCommandLine } = await import('./cli/cli.js');
const code = await runCommandLine(process.argv.slice(2));
// A started gateway goes on; whatever else was asked is done.
if (process.argv[2] !== undefined && process.argv[2] !== 'start') process.exit(code);
if (code !== 0) process.exit(code);

export {};
