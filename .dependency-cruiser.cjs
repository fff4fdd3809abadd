/** Who may import whom: the rooms of CONTRIBUTING.md. Upwards only; a room not named in `to` may not be imported. */
const above = {
  entities: [],
  config: ['entities'],
  balancing: ['entities'],
  transport: ['entities'],
  ai: ['entities'],
  lua: ['entities'],
  processes: ['entities'],
  transforming: ['entities', 'ai', 'lua', 'routing', 'pdk'],
  routing: ['entities', 'config'],
  store: ['entities', 'config'],
  pdk: ['entities', 'config', 'balancing', 'transport', 'ai', 'routing'],
  observability: ['entities', 'config', 'processes', 'lua', 'pdk'],
  exchange: ['entities', 'config', 'balancing', 'transport', 'ai', 'pdk'],
  plugins: ['entities', 'config', 'balancing', 'transport', 'ai', 'lua', 'transforming', 'routing', 'pdk', 'observability', 'exchange'],
};

const rooms = Object.entries(above).map(([room, allowed]) => ({
  name: `${room}-looks-upwards`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.(spec|module)\\.ts$' },
  to: {
    path: '^src/',
    pathNot: [`^src/${room}/`, ...allowed.map((name) => `^src/${name}/`)],
  },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle of types alone is gone when the code runs.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'plugins-stay-apart',
      comment: 'What two plugins share is a fact in pdk or a room of its own.',
      severity: 'error',
      from: { path: '^src/plugins/([^/]+)/' },
      to: { path: '^src/plugins/([^/]+)/', pathNot: '^src/plugins/$1/' },
    },
    ...rooms,
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
