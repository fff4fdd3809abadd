import { afterEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { Balancers } from './balancer.js';
import { BalancingModule } from './balancing.module.js';

const FIXTURE = new URL('../../test/support/algorithms', import.meta.url).pathname;

describe('the balancing room', () => {
  let module: TestingModule | undefined;
  const started = async (...folders: string[]) => {
    module = await Test.createTestingModule({ imports: [await BalancingModule.register(folders)] }).compile();
    return module.get(Balancers);
  };
  afterEach(() => module?.close());

  it('knows every algorithm that has a folder', async () => {
    const balancers = await started();
    expect(balancers.known()).toContain('round-robin');
    expect(balancers.has('rond-robin')).toBe(false);
    expect(() => balancers.create('rond-robin', [])).toThrow(
      /unknown balancing algorithm 'rond-robin' \(known: .*round-robin/,
    );
  });

  it('finds an algorithm in a further folder, and balances with it', async () => {
    const balancers = await started(FIXTURE);
    const balancer = balancers.create('last-in-line', [
      { id: 'a', weight: 1 },
      { id: 'b', weight: 1 },
    ]);
    expect(balancer.pick({ tried: new Set() })?.id).toBe('b');
  });
});
