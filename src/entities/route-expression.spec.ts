import { describe, expect, it } from '@jest/globals';
import { recordSchema } from './record-schema.js';
import { Route } from './route.js';
import { expressionError, readExpression } from './route-expression.js';

describe('the expression of a Route', () => {
  it.each([
    'http.path == "/a"',
    'http.path ^= "/a" && http.host == "a.test"',
    'http.path =^ ".json" || http.path contains "/v1/"',
    'http.path ~ r#"^/users/(?<id>\\d+)$"#',
    '!(http.method == "GET")',
    '! ( http.method == "GET" )',
    '(http.method == "GET" || (http.method == "HEAD"))',
    'lower(http.path) == "/a"',
    'any(lower(http.headers.x_env)) == "prod"',
    'lower(any(http.queries.q)) != "x"',
    'http.path.segments.0 == "api" && http.path.segments.1_3 == "a/b/c" && http.path.segments.len == 4',
    'net.src.ip in 10.0.0.0/8 || net.src.ip in fd00::/8',
    'net.src.ip not in 192.168.0.0/16 && net.src.ip != 1.2.3.4 && net.dst.ip == ::1',
    'net.src.port >= 1024 && net.src.port <= 0xffff && net.dst.port > 0 && net.dst.port < 010000 && net.dst.port != -1',
    'net.port == 8000',
    'net.protocol == "https" && tls.sni == "a.test"',
    'http.path == "a \\"quoted\\" \\\\ \\n\\r\\t"',
    'http.path\t==\n"/a"',
  ])('may be %j', (text) => {
    expect(expressionError(text)).toBeUndefined();
  });

  it.each([
    ['', 'expected term', 1],
    ['! http.path == "/a"', 'expected term', 1],
    ['http.path == "/a" &&', 'expected term', 21],
    ['http.path', 'expected binary_operator', 10],
    ['http.path = "/a"', 'expected binary_operator', 11],
    ['http.path ==', 'expected rhs', 13],
    ['http.path == /a', 'expected rhs', 14],
    ['http.path == "/a', 'expected rhs', 14],
    ['http.path == "\\x"', 'expected rhs', 14],
    ['(http.path == "/a"', 'expected and_op, or_op, or )', 19],
    ['http.path == "/a") ', 'expected EOI, and_op, or or_op', 18],
    ['http.path == "/a" http.host == "b"', 'expected EOI, and_op, or or_op', 19],
    ['upper(http.path) == "/a"', 'unknown transformation function: upper', 1],
    ['lower() == "/a"', 'expected lhs', 7],
    ['http.paths == "/a"', 'Unknown LHS field: http.paths', 1],
    ['http.headers.a.b == "x"', 'Unknown LHS field: http.headers.a.b', 1],
    ['http.path.segments.x == "a"', 'illformed http.path.segments.* field', 1],
    ['http.path.segments.3_1 == "a"', 'illformed http.path.segments.* field', 1],
    ['http.path == 1', 'Type mismatch between the LHS and RHS values of predicate', 1],
    ['net.src.ip == "1.2.3.4"', 'Type mismatch between the LHS and RHS values of predicate', 1],
    ['net.src.ip == 10.0.0.0/8', 'Type mismatch between the LHS and RHS values of predicate', 1],
    ['net.src.ip in 10.0.0.1', 'In/NotIn operators only supports IP in CIDR', 1],
    ['http.path in "a"', 'In/NotIn operators only supports IP in CIDR', 1],
    ['net.dst.port ^= 80', 'Prefix/Postfix operators only supports string operands', 1],
    ['http.path > "a"', 'Greater/GreaterOrEqual/Less/LessOrEqual operators only supports integer operands', 1],
    ['net.dst.port contains 80', 'Contains operator only supports string operands', 1],
    ['net.dst.port ~ "80"', 'Regex operators only supports string operands', 1],
    ['http.path ~ 80', 'regex operator can only be used with String operands', 1],
    ['lower(net.dst.port) == 80', 'lower-case transformation function only supported with String type fields', 1],
    ['net.src.ip == 1.2.3.400', 'invalid IP address syntax', 15],
    ['net.src.ip in 1.2.3.4/33', 'invalid length for network', 15],
    ['net.dst.port == 99999999999999999999', 'number too large to fit in target type', 17],
  ])('%j is refused: %s', (text, message, column) => {
    const problem = expressionError(text) as string;
    expect(problem.split('\n').at(-1)).toBe(`  = ${message}`);
    expect(problem.split('\n')[0]).toBe(` --> 1:${column}`);
  });

  it('is refused with a mark under the place', () => {
    expect(expressionError('http.method == "GET"\n  && http.path ~ "/a("')).toBe(
      [
        ' --> 2:18',
        '  |',
        '2 |   && http.path ~ "/a("',
        '  |                  ^---',
        '  |',
        '  = regex parse error: PCRE returned: pcre2_compile() failed: missing closing parenthesis in "/a("',
      ].join('\n'),
    );
  });

  it('is refused rather than followed when its parentheses go too deep', () => {
    expect(expressionError(`${'('.repeat(100_000)}http.path == "/a"`)).toContain('parentheses are too deeply nested');
  });

  it('binds || tighter than &&, as Kong does', () => {
    expect(readExpression('http.method == "A" && http.method == "B" || http.method == "C"')).toMatchObject({
      kind: 'and',
      right: { kind: 'or' },
    });
  });
});

describe('a Route with an expression', () => {
  const schema = recordSchema(Route);
  const problems = (route: object) => schema.check(route).error;

  it('is accepted without any other attribute', () => {
    expect(problems({ expression: 'http.path ^= "/a"', priority: 10 })).toBeUndefined();
  });

  it.each([
    [
      { expression: 'http.path ^= "/a"', paths: ['/a'] },
      "cannot set 'expression' with 'methods', 'hosts', 'paths', 'headers', 'snis', 'sources' or 'destinations' simultaneously",
    ],
    [
      { expression: 'http.path ^= "/a"', regex_priority: 1 },
      "cannot set 'regex_priority' with 'expression' simultaneously",
    ],
    [
      { paths: ['/a'], priority: 1 },
      "cannot set 'priority' with 'methods', 'hosts', 'paths', 'headers', 'snis', 'sources' or 'destinations' simultaneously",
    ],
    [
      { headers: { 'x-a': ['~*('] } },
      `invalid regex: '(' (PCRE returned: pcre2_compile() failed: missing closing parenthesis in "(")`,
    ],
  ])('or attributes: %j is refused', (route, problem) => {
    expect(problems(route)).toEqual({ '@entity': [`Router Expression failed validation: ${problem}`] });
  });

  it('is refused with the place where it cannot be read', () => {
    expect(JSON.stringify(problems({ expression: 'http.path' }))).toContain('--> 1:10');
  });
});
