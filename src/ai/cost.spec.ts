import { describe, expect, it } from '@jest/globals';
import { costOf, pricesOf } from './cost.js';
import { ModelOptions } from './model-options-config.js';
import type { TokenUsage } from './token-usage.js';

const usage = (counts: Partial<TokenUsage>): TokenUsage => ({
  prompt: 1000,
  completion: 100,
  total: undefined,
  cachedPrompt: undefined,
  cacheWrite: undefined,
  reasoning: undefined,
  promptDetails: undefined,
  completionDetails: undefined,
  ...counts,
});
const options = (fields: Partial<ModelOptions>) =>
  Object.assign(new ModelOptions(), { input_cost: 10, output_cost: 20, ...fields });

describe('the cost of an exchange', () => {
  it.each<[string, Partial<ModelOptions>, Partial<TokenUsage>, string | undefined, number]>([
    ['tokens at their prices per million', {}, {}, undefined, 0.012],
    ['cached tokens at theirs', { cache_read_cost: 1 }, { cachedPrompt: 600 }, undefined, 0.0066],
    ['cached tokens as any where they have no price', {}, { cachedPrompt: 600 }, undefined, 0.012],
    ['tokens written to the cache at theirs', { cache_write_cost: 20 }, { cacheWrite: 500 }, undefined, 0.017],
    [
      'a long prompt',
      { context_window_factor: [{ above: '0.5k', input_factor: 2, output_factor: 3 }] },
      {},
      undefined,
      0.026,
    ],
    [
      'a prompt just long enough',
      { context_window_factor: [{ above: '1000', input_factor: 2, output_factor: 3 }] },
      {},
      undefined,
      0.012,
    ],
    [
      'the longest window that applies',
      {
        context_window_factor: [
          { above: '1', input_factor: 9, output_factor: 9 },
          { above: '999', input_factor: 2, output_factor: 1 },
        ],
      },
      {},
      undefined,
      0.022,
    ],
    ['a tier', { service_tier_factor: [{ tier: 'flex', factor: 0.5 }] }, {}, 'Flex', 0.006],
    [
      'the tier that says most',
      {
        service_tier_factor: [
          { tier: 'p', factor: 9 },
          { tier: 'priority', factor: 2 },
        ],
      },
      {},
      'priority',
      0.024,
    ],
    ['priority by its other name', { service_tier_factor: [{ tier: 'priority', factor: 2 }] }, {}, 'fast', 0.024],
    ['a tier without a factor', { service_tier_factor: [{ tier: 'flex', factor: 0.5 }] }, {}, 'default', 0.012],
    ['nothing for nothing', {}, { prompt: 0, completion: 0 }, undefined, 0],
  ])('counts %s', (_, fields, counts, tier, expected) => {
    const prices = pricesOf(options(fields));
    expect(prices && costOf(usage(counts), prices, tier)).toBeCloseTo(expected, 12);
  });

  it('is not known without both prices, nor without both counts', () => {
    expect(pricesOf(options({ output_cost: undefined }))).toBeUndefined();
    const prices = pricesOf(options({}));
    expect(prices && costOf(usage({ completion: undefined }), prices, undefined)).toBeUndefined();
  });

  it('refuses a window that is no number of tokens', () => {
    const window = { above: 'long', input_factor: 1, output_factor: 1 };
    expect(() => pricesOf(options({ context_window_factor: [window] }))).toThrow("above 'long' is no number of tokens");
  });
});
