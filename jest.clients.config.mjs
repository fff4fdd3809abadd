import config from './jest.config.mjs';

// Real clients against the built gateway: `npm run test:clients`. They mostly wait (one of them for more than a minute),
// so there are more workers than a small machine has processors.
export default {
  ...config.projects[1],
  displayName: 'clients',
  testMatch: ['<rootDir>/test/clients/**/*.client-spec.ts'],
  globalSetup: '<rootDir>/test/clients/install.mjs',
  testTimeout: 120_000,
  maxWorkers: 4,
};
