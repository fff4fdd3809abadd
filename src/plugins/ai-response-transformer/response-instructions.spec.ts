import { describe, expect, it } from '@jest/globals';
import { readInstructions } from './response-instructions.js';

function read(text: string) {
  const result = readInstructions(text);
  if ('problem' in result) return result.problem;
  const { status, headers, body } = result.instructions;
  return { status, headers, body: body.toString() };
}

describe('instructions of a model', () => {
  it('hold a status, headers and a body', () => {
    expect(read('{"status":209,"headers":{"content-type":"application/xml","x-n":7},"body":"<a/>"}')).toEqual({
      status: 209,
      headers: [
        ['content-type', ['application/xml']],
        ['x-n', ['7']],
      ],
      body: '<a/>',
    });
  });

  it('are the body where they hold none, with status 200', () => {
    const text = ' { "city": "Bern", "country": "Switzerland" } ';

    expect(read(text)).toEqual({ status: 200, headers: [], body: text });
    expect(read('{"status":201}')).toEqual({ status: 201, headers: [], body: '{"status":201}' });
  });

  it('may have a body of JSON, which stays as the model wrote it', () => {
    expect(read('{"body": {"id": 12345678901234567890, "1": 1.0, "a": null}, "status": 200}')).toMatchObject({
      body: '{"id": 12345678901234567890, "1": 1.0, "a": null}',
    });
    expect(read('{"body":[1,2]}')).toMatchObject({ body: '[1,2]' });
  });

  it('may have members that say nothing', () => {
    expect(read('{"status":null,"headers":null,"body":null}')).toEqual({ status: 200, headers: [], body: '' });
    expect(read('{"body":""}')).toMatchObject({ body: '' });
  });

  it('may repeat a header', () => {
    expect(read('{"headers":{"set-cookie":["a=1","b=2"]},"body":""}')).toMatchObject({
      headers: [['set-cookie', ['a=1', 'b=2']]],
    });
  });

  it.each(['{"status":201', '{"a":1} and more', '{broken}'])('are JSON and nothing else: %j', (text) => {
    expect(read(text)).toBe('the input is not JSON');
  });

  it.each([
    ['Hello there.', 'invalid token at character 1'],
    ['\n ```json\n{}\n```', 'invalid token at character 3'],
    ['trust me', 'invalid token at character 1'],
    ['', 'T_END at character 1'],
    ['  ', 'T_END at character 3'],
  ])('are refused in Kong’s words where they are prose: %j', (text, found) => {
    expect(read(text)).toBe(`Expected value but found ${found}`);
  });

  it.each(['"text"', '5', 'null', 'true', '[{"status":201}]'])('are an object: %s', (text) => {
    expect(read(text)).toBe('input not table or string');
  });

  it.each(['200', '599'])('may set the status %s', (status) => {
    expect(read(`{"status":${status}}`)).toMatchObject({ status: Number(status) });
  });

  it.each(['199', '100', '600', '0', '-200', '200.5', '"201"', 'true', '{}', '1e99'])(
    'may not set the status %s',
    (status) => {
      expect(read(`{"status":${status}}`)).toMatch(/^'status' must be a whole number between 200 and 599, not /);
    },
  );

  it.each(['5', 'true', 'false'])('may not have the body %s', (body) => {
    expect(read(`{"body":${body}}`)).toBe(`'body' must be a text, an object or a list, not ${body}`);
  });

  it.each(['"x: y"', '5', '["x"]'])('may not have the headers %s', (headers) => {
    expect(read(`{"headers":${headers}}`)).toBe(`'headers' must be an object of names and values, not ${headers}`);
  });

  it.each([
    'Connection',
    'content-encoding',
    'CONTENT-LENGTH',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('may not say how the message is framed: %s', (name) => {
    expect(read(JSON.stringify({ headers: { [name]: '5' } }))).toBe(`the header "${name}" is not the model's to set`);
  });

  it.each(['', 'a b', 'a:b', 'a\r\nb', 'ä', 'a\0'])('may not name a header %j', (name) => {
    expect(read(JSON.stringify({ headers: { [name]: 'x' } }))).toBe(`${JSON.stringify(name)} is no name of a header`);
  });

  it.each(['a\r\nSet-Cookie: b=1', 'a\nb', 'a\0', 'a\x7f', '€'])('may not put %j into a header', (value) => {
    expect(read(JSON.stringify({ headers: { 'x-a': value } }))).toBe(
      'the value of the header "x-a" holds what no header may hold',
    );
    expect(read(JSON.stringify({ headers: { 'x-a': ['fine', value] } }))).toMatch(/holds what no header may hold$/);
  });

  it.each(['{}', 'null', '[["x"]]'])('may not give a header the value %s', (value) => {
    expect(read(`{"headers":{"x-a":${value}}}`)).toBe('the value of the header "x-a" must be a text');
  });

  it('may fill a header with what a byte can hold', () => {
    expect(read(JSON.stringify({ headers: { 'x-a': 'naïve\ttab' }, body: '' }))).toMatchObject({
      headers: [['x-a', ['naïve\ttab']]],
    });
  });

  it('may not have more headers than clients take', () => {
    const headers = (size: number) => JSON.stringify({ headers: { 'x-a': 'x'.repeat(size) }, body: '' });

    expect(read(headers(16 * 1024 - 3))).toMatchObject({ status: 200 });
    expect(read(headers(16 * 1024 - 2))).toBe("'headers' are larger than 16384 bytes");
  });

  it('are refused with no more of them in the message than it takes to find them', () => {
    expect(read(JSON.stringify({ status: 'x'.repeat(1000) }))).toHaveLength(
      "'status' must be a whole number between 200 and 599, not ".length + 61,
    );
  });
});
