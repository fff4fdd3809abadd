import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('the demonstration shows a stream, its log line and its metrics, and ends well', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/demo/demo.mjs'], { encoding: 'utf8' });

  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('authorization: the real key');
  expect(stdout).toMatch(/ms {2}response\.completed .*"total_tokens":1049/);
  expect(stdout).toContain('"tried_targets"');
  expect(stdout).toMatch(/^kong_ai_llm_tokens_total\{.*token_type="total_tokens".*\} 1049$/m);
}, 30_000);
