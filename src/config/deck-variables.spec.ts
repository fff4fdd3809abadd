import { describe, expect, it } from '@jest/globals';
import { substituteVariables } from './deck-variables.js';

const environment = {
  DECK_NAME: 'codex',
  DECK_EMPTY: '',
  DECK_PORT: '8081',
  DECK_FLAG: 't',
  DECK_RATE: '1.50',
  DECK_PEM: 'one\ntwo',
  HOME: '/root',
};

/** Go's template delimiters around an expression. */
const variable = (expression: string) => `$\{{ ${expression} }}`;

describe('decK’s variables', () => {
  it.each([
    ['env "DECK_NAME"', 'codex'],
    ['env `DECK_NAME`', 'codex'],
    ['env "DECK_EMPTY"', ''],
    ['env "DECK_PORT" | toInt', '8081'],
    ['env "DECK_FLAG" | toBool', 'true'],
    ['env "DECK_RATE" | toFloat', '1.5'],
    ['env "DECK_PEM" | indent 4', 'one\n    two'],
    ['indent 4 (env "DECK_PEM")', 'one\n    two'],
    ['toInt (env "DECK_PORT")', '8081'],
  ])('puts %s in as %j', (expression, value) => {
    expect(substituteVariables(`a: "${variable(expression)}"`, environment)).toEqual({
      text: `a: "${value}"`,
      problems: [],
    });
  });

  it('replaces every expression of a line', () => {
    const text = `Bearer ${variable('env "DECK_NAME"')}-${variable('env "DECK_PORT"')}`;

    expect(substituteVariables(text, environment).text).toBe('Bearer codex-8081');
  });

  it('leaves comments alone, whatever they say', () => {
    const text = `a: 1\n  # b: ${variable('env "DECK_UNSET"')}`;

    expect(substituteVariables(text, environment)).toEqual({ text, problems: [] });
  });

  it('takes what stands behind a value for no comment', () => {
    const text = `a: ${variable('env "DECK_UNSET"')} # unset`;

    expect(substituteVariables(text, environment).problems).toHaveLength(1);
  });

  it.each([
    ['env "HOME"', "environment variables in the state file must be prefixed with 'DECK_', found: 'HOME'"],
    ['env "DECK_UNSET"', "environment variable 'DECK_UNSET' present in state file but not set"],
    ['env "DECK_NAME" | toInt', "the variable's value cannot be read by toInt"],
    ['env "DECK_NAME" | toBool', "the variable's value cannot be read by toBool"],
    ['env "DECK_NAME" | toFloat', "the variable's value cannot be read by toFloat"],
    ['env "DECK_NAME" | toString', "unknown function 'toString'"],
    ['env "DECK_NAME" | upper', "unknown function 'upper'"],
    ['DECK_NAME', `cannot read the expression ${variable('DECK_NAME')}`],
  ])('refuses %s', (expression, message) => {
    const { problems } = substituteVariables(`ab: ${variable(expression)}`, environment);

    expect(problems).toEqual([{ offset: 4, message, remedy: expect.any(String) }]);
  });

  it('does not repeat a value it cannot read', () => {
    const { problems } = substituteVariables(variable('env "DECK_NAME" | toInt'), environment);

    expect(JSON.stringify(problems)).not.toContain('codex');
  });

  it('takes no longer for expressions that are never closed, or that share one line, than for any other text', () => {
    const started = performance.now();
    const open = '$'.concat('{{ env ').repeat(100_000);
    expect(substituteVariables(open, environment)).toEqual({ text: open, problems: [] });
    const many = variable('env "DECK_NAME"').repeat(50_000);
    expect(substituteVariables(many, environment).text).toBe('codex'.repeat(50_000));

    expect(performance.now() - started).toBeLessThan(1500);
  });
});
