import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { type JavaScriptPattern, translatePcre } from './pcre.js';

function translated(pattern: string, anchored = true): JavaScriptPattern {
  const result = translatePcre(pattern, { anchored });
  if ('problem' in result) throw new Error(result.problem);
  return result;
}

function matched(pattern: string, subject: string, anchored = true): string | undefined {
  const { source, guards } = translated(pattern, anchored);
  if (guards.some((guard) => new RegExp(guard.source).test(subject) === guard.negative)) return undefined;
  return new RegExp(source).exec(subject)?.[0];
}

function problem(pattern: string): string | undefined {
  const result = translatePcre(pattern, { anchored: true });
  return 'problem' in result ? result.problem : undefined;
}

/** Pattern, subject, what matches at its start. */
const MEANINGS: readonly (readonly [string, string, string | undefined])[] = [
  ['/users/\\d+', '/users/42/profile', '/users/42'],
  ['/users/\\d+', '/x/users/42', undefined],
  ['/a|/b', '/b', '/b'],
  ['/a|/b', '/x/b', undefined],
  ['/exact$', '/exact', '/exact'],
  ['/exact$', '/exact/more', undefined],
  ['/(?i)abc', '/ABC', '/ABC'],
  ['/(?i:ab)c', '/ABc', '/ABc'],
  ['/(?i:ab)c', '/ABC', undefined],
  ['/(?i)[a-c]+', '/AbC', '/AbC'],
  ['/(?i)é', '/É', '/É'],
  ['/(?i)a(?-i)b', '/Ab', '/Ab'],
  ['/(?i)a(?-i)b', '/AB', undefined],
  ['(?x) / \\d + # digits\n /end', '/12/end', '/12/end'],
  ['(?s)/a.b', '/a\nb', '/a\nb'],
  ['/a.b', '/a\nb', undefined],
  ['/a.b', '/a\u2028b', '/a\u2028b'],
  ['(?U)/a+', '/aaa', '/a'],
  ['(?U)/a+?', '/aaa', '/aaa'],
  ['/[[:digit:]]+', '/12a', '/12'],
  ['/[[:^digit:]]+', '/ab1', '/ab'],
  ['/[[:xdigit:]-]+', '/de-ad', '/de-ad'],
  ['/[]a]+', '/]a]', '/]a]'],
  ['/[^]a]', '/]', undefined],
  ['/[a\\-z]+', '/a-z', '/a-z'],
  ['/[\\w.-]+', '/a.b-c_d', '/a.b-c_d'],
  ['/[\\d-z]+', '/1-z', '/1-z'],
  ['/[[]', '/[', '/['],
  ['\\A/a\\z', '/a', '/a'],
  ['/\\h\\H', '/ x', '/ x'],
  ['/\\v\\R', '/\n\r\n', '/\n\r\n'],
  ['/\\N', '/\n', undefined],
  ['/\\x41\\x{42}\\t\\e\\a\\f\\0', '/AB\t\u001b\u0007\f\0', '/AB\t\u001b\u0007\f\0'],
  ['/\\o{101}\\cA', '/A\u0001', '/A\u0001'],
  ['/\\Qa.b*\\E+', '/a.b*a.b*', '/a.b*a.b*'],
  ['/\\pL\\p{Lu}\\P{Nd}', '/éÉx', '/éÉx'],
  ['/\\p{Greek}+', '/αβγ', '/αβγ'],
  ['/[\\p{L}\\d]+', '/é1', '/é1'],
  ['/a(?#note)b', '/ab', '/ab'],
  ['/a{,3}', '/a{,3}', '/a{,3}'],
  ['/a{b}', '/a{b}', '/a{b}'],
  ['/[^/]++/x', '/ab/x', '/ab/x'],
  ['/a?+b', '/ab', '/ab'],
  ['/a*?b', '/aab', '/aab'],
  ['/[0-9a-f]{32}', `/${'0f'.repeat(16)}`, `/${'0f'.repeat(16)}`],
  ['/[0-9a-f]{32}$', `/${'0f'.repeat(15)}`, undefined],
  ['/\\d{2,20}$', `/${'1'.repeat(20)}`, `/${'1'.repeat(20)}`],
  ['/\\d{2,20}$', `/${'1'.repeat(21)}`, undefined],
  ['/\\d{20,}$', `/${'1'.repeat(40)}`, `/${'1'.repeat(40)}`],
  ['/\\d{1,20}?', '/123', '/1'],
  ['/(?:a{5}b){5}$', `/${'aaaaab'.repeat(5)}`, `/${'aaaaab'.repeat(5)}`],
  ['/(?:\\d{0,16}-?)+$', '/12-34', '/12-34'],
  ['/(?:a{9}|b{9}|){2,}$', `/${'a'.repeat(9)}${'b'.repeat(9)}`, `/${'a'.repeat(9)}${'b'.repeat(9)}`],
  ['/x(?<=/x)y', '/xy', '/xy'],
  ['/x(?<!/x)y', '/xy', undefined],
  ['/(?!admin)\\w+', '/users', '/users'],
  ['/(?!admin)\\w+', '/admin', undefined],
  ['/(?!admin)\\w+', '/administrators', undefined],
  ['/(?!admin$)\\w+', '/administrators', '/administrators'],
  ['/api(?=/|$)', '/api/x', '/api'],
  ['/api(?=/|$)', '/apis', undefined],
  ['/\\d{3}(?!9)(?=[0-5])\\d', '/1234', '/1234'],
  ['/\\d{3}(?!9)(?=[0-5])\\d', '/1239', undefined],
  ['/\\d{3}(?!9)(?=[0-5])\\d', '/1238', undefined],
  ['/😀+', '/😀😀', '/😀😀'],
  ['/a\\/b\\_', '/a/b_', '/a/b_'],
  ['/\\bfoo\\b', '/foo', '/foo'],
];

describe('a PCRE pattern in JavaScript', () => {
  it.each(MEANINGS)('%j on %j matches %j', (pattern, subject, expected) => {
    expect(matched(pattern, subject)).toBe(expected);
  });

  it('may match anywhere when it is not anchored', () => {
    expect(matched('b+', 'abbc', false)).toBe('bb');
    expect(matched('^b', 'ab', false)).toBeUndefined();
  });

  it('says what it captures by position and by name', () => {
    const { source, captures } = translated("/(?<one>\\d)(x)?(?P<two>y)(?'three'z)");
    expect(captures).toEqual([
      { name: 'one', groups: [1] },
      { name: undefined, groups: [2] },
      { name: 'two', groups: [3] },
      { name: 'three', groups: [4] },
    ]);
    expect(new RegExp(source).exec('/1yz')?.slice(1)).toEqual(['1', undefined, 'y', 'z']);
  });

  it('keeps the last of a group that is repeated more often than the linear engine copies', () => {
    const { source, captures } = translated('/(?:(\\d),){2,20}');
    const found = new RegExp(source).exec('/1,2,3,4,') as RegExpExecArray;
    const last = captures[0]?.groups.findLast((group) => found[group] !== undefined) as number;
    expect(found[last]).toBe('4');
  });

  it.each([
    ['/users/(\\d+)', '/users/'],
    ['/(users)/x', '/users/x'],
    ['^/a', '/a'],
    ['/a?b', '/'],
    ['/a|/b', ''],
    ['/(?i)a', '/'],
    ['/a\\.json$', '/a.json'],
    ['/(?!x)ab', '/ab'],
    ['/x(?<=/x)y', '/x'],
  ])('%j begins with %j whatever it matches', (pattern, prefix) => {
    expect(translated(pattern).literalPrefix).toBe(prefix);
  });
});

describe('a pattern that is broken', () => {
  const broken = (text: string) => `PCRE returned: pcre2_compile() failed: ${text}`;

  it.each([
    ['/users/(foo/profile', 'missing closing parenthesis in "/users/(foo/profile"'],
    ['/a)b', 'unmatched closing parenthesis in "/a)b" at ")b"'],
    ['/[a', 'missing terminating ] for character class in "/[a"'],
    ['/[z-a]', 'range out of order in character class in "/[z-a]" at "]"'],
    ['/a**', 'quantifier does not follow a repeatable item in "/a**"'],
    ['/a{2,1}', 'numbers out of order in {} quantifier in "/a{2,1}"'],
    ['/a{65536}', 'number too big in {} quantifier in "/a{65536}"'],
    ['/a\\', '\\ at end of pattern in "/a\\"'],
    ['/\\y', 'unrecognized character follows \\ in "/\\y"'],
    ['/(?z)', 'unrecognized character after (? or (?- in "/(?z)" at ")"'],
    ['/(?<1a>x)', 'subpattern name must start with a non-digit in "/(?<1a>x)" at "1a>x)"'],
    [
      '/(?<a>x)(?<a>y)',
      'two named subpatterns have the same name (PCRE2_DUPNAMES not set) in "/(?<a>x)(?<a>y)" at "y)"',
    ],
    ['/[[:nix:]]', 'unknown POSIX class name in "/[[:nix:]]" at "[:nix:]]"'],
    ['/[[:constructor:]]', 'unknown POSIX class name in "/[[:constructor:]]" at "[:constructor:]]"'],
    ['/\\p{Nix}', 'unknown property after \\P or \\p in "/\\p{Nix}"'],
  ])('%j is refused in the words of PCRE', (pattern, text) => {
    expect(problem(pattern)).toBe(broken(text));
  });
});

describe('a pattern that could not be matched in bounded time, or means something else here', () => {
  it.each([
    ['/(a)\\1', 'back-references are not supported'],
    ['/(?<a>a)\\k<a>', 'back-references are not supported'],
    ['/(?P<a>a)(?P=a)', 'back-references are not supported'],
    ['/(?>a+)b', 'atomic groups are not supported'],
    ['/(?|(a)|(b))', 'branch reset groups are not supported'],
    ['/(a(?1)?b)', 'recursive patterns are not supported'],
    ['/(?R)', 'recursive patterns are not supported'],
    ['/(a)?(?(1)b|c)', 'conditional groups are not supported'],
    ['/a(*SKIP)', 'verbs such as (*ACCEPT) are not supported'],
    ['/(?m)^a', 'the option (?m) is not supported'],
    ['/a\\Kb', '\\K is not supported'],
    ['/\\w+(?!x)', 'look-ahead is supported only in regex paths, after a part of fixed length'],
    ['/a(?:(?=b)b)?', 'look-ahead is supported only in regex paths, after a part of fixed length'],
    ['/(?<=(a))b', 'capturing inside a look-behind is not supported'],
    ['/((a{100}){100}){100}', 'it repeats too much, often inside of what is repeated itself'],
  ])('%j is refused', (pattern, text) => {
    expect(problem(pattern)).toBe(text);
  });

  it('is refused however deep its parentheses go', () => {
    expect(problem(`/${'('.repeat(5000)}`)).toContain('parentheses are too deeply nested');
  });
});

describe('matching against strangers', () => {
  /** Runs a script in a Node of its own, with V8 flags, and gives what it prints. */
  const inNode = (flag: string, script: string, input: unknown): string =>
    execFileSync(process.execPath, [flag, '-e', script], {
      input: JSON.stringify(input),
      encoding: 'utf8',
      timeout: 30_000,
    });

  it('is in the language of the linear engine, every pattern of it', () => {
    const sources = MEANINGS.map(([pattern]) => translated(pattern)).flatMap(({ source, guards }) => [
      source,
      ...guards.map((guard) => guard.source),
    ]);
    // The flag `l` asks for the linear engine and is refused where that cannot run the pattern.
    const script = `
      const sources = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      const refused = sources.filter((source) => { try { new RegExp(source, 'l'); } catch { return true; } });
      console.log(JSON.stringify(refused));`;
    expect(JSON.parse(inNode('--enable-experimental-regexp-engine', script, sources))).toEqual([]);
  });

  it('ends soon where backtracking would take longer than the universe lasts', () => {
    const hostile = [
      ['/(a+)+$', `/${'a'.repeat(5000)}!`],
      ['/(?:a|a)*$', `/${'a'.repeat(5000)}!`],
      ['/(\\w+\\s?)*$', `/${'a'.repeat(5000)}!`],
      ['/(?i)(a+)+$', `/${'a'.repeat(5000)}!`],
      ['/(?:\\d{1,40})+$', `/${'1'.repeat(5000)}!`],
      ['/(?!(?:x+x+)+y).*z$', `/${'x'.repeat(5000)}!`],
      ['/([^/]+/)*end$', `${'/aa'.repeat(3000)}!`],
    ] as const;
    const tasks = hostile.map(([pattern, subject]) => ({ ...translated(pattern), subject }));
    const script = `
      const tasks = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
      const started = performance.now();
      for (const { source, guards, subject } of tasks) for (const one of [source, ...guards.map((g) => g.source)]) new RegExp(one).test(subject);
      console.log(performance.now() - started);`;
    const milliseconds = Number(inNode('--enable-experimental-regexp-engine-on-excessive-backtracks', script, tasks));
    expect(milliseconds).toBeLessThan(5000);
  });
});
