import { describe, expect, it } from '@jest/globals';
import { createParser } from 'eventsource-parser';
import { bytes } from '../../entities/units.js';
import { SseReader } from './sse-reader.js';

interface Told {
  readonly name: string;
  readonly data: string | undefined;
}

/** Feeds the pieces to a reader that wants every event, or those the predicate names. */
function read(pieces: readonly Buffer[], wants: (name: string) => boolean = () => true, maxEvent?: number) {
  const told: Told[] = [];
  const reader = new SseReader(
    { wants, event: (name, data) => void told.push({ name, data: data?.toString() }) },
    maxEvent === undefined ? undefined : bytes(maxEvent),
  );
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return { told, reader };
}

/** The same bytes as two pieces, cut at every place. */
function* cuts(text: Buffer): Generator<Buffer[]> {
  for (let at = 0; at <= text.length; at++) yield [text.subarray(0, at), text.subarray(at)];
}

const each = (text: Buffer) => Array.from(text, (_, index) => text.subarray(index, index + 1));

const RESPONSES = Buffer.from(
  [
    'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n',
    ': keep-alive\n\n',
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Grüße 🌍"}\n\n',
    'data: {"type":"response.output_item.done","item":{}}\n\n',
    'event: response.completed\ndata: {"type":"response.completed","response":{"usage":{"input_tokens":1}}}\n\n',
  ].join(''),
);

const EXPECTED: readonly Told[] = [
  { name: 'response.created', data: '{"type":"response.created","response":{"id":"resp_1"}}' },
  { name: 'response.output_text.delta', data: '{"type":"response.output_text.delta","delta":"Grüße 🌍"}' },
  { name: 'response.output_item.done', data: '{"type":"response.output_item.done","item":{}}' },
  { name: 'response.completed', data: '{"type":"response.completed","response":{"usage":{"input_tokens":1}}}' },
];

const withLineEnd = (text: Buffer, end: string) => Buffer.from(text.toString().replaceAll('\n', end));

describe('the reader of server-sent events', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('tells the same events wherever a stream with %s line ends is cut', (_, end) => {
    const text = withLineEnd(RESPONSES, end);
    for (const pieces of cuts(text)) expect(read(pieces).told).toEqual(EXPECTED);
    expect(read(each(text)).told).toEqual(EXPECTED);
  });

  it('keeps the data of unwanted events out, wherever it is cut, and still tells of them', () => {
    const wants = (name: string) => name === 'response.completed';
    const expected = EXPECTED.map(({ name, data }) => ({ name, data: wants(name) ? data : undefined }));
    for (const pieces of cuts(RESPONSES)) expect(read(pieces, wants).told).toEqual(expected);
    expect(read(each(RESPONSES), wants).told).toEqual(expected);
  });

  it('is not misled by a byte order mark, cut or whole', () => {
    const text = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), RESPONSES]);
    for (const pieces of cuts(text)) expect(read(pieces).told).toEqual(EXPECTED);
  });

  it('tells the last event although its blank line is missing', () => {
    const text = Buffer.from('event: response.completed\ndata: {"a":1}');
    for (const pieces of cuts(text))
      expect(read(pieces).told).toEqual([{ name: 'response.completed', data: '{"a":1}' }]);
  });

  it('joins several data lines with a line feed', () => {
    const text = Buffer.from('data: {"a":\ndata: 1}\ndata\ndata:  x\n\n');
    for (const pieces of cuts(text)) expect(read(pieces).told).toEqual([{ name: '', data: '{"a":\n1}\n\n x' }]);
  });

  it.each([
    ['at the beginning', '{"type":"response.failed","x":1}', 'response.failed'],
    ['with blanks', '{ "type" : "error" , "x":1}', 'error'],
    ['elsewhere', '{"x":1,"type":"error"}', ''],
    ['in no object', '[DONE]', ''],
  ])('takes an event without an event line by the type %s of its data', (_, data, name) => {
    const text = Buffer.from(`data: ${data}\n\n`);
    for (const pieces of cuts(text)) expect(read(pieces).told).toEqual([{ name, data }]);
  });

  it('reads an event of many chunks whose line is longer than a chunk', () => {
    const data = JSON.stringify({ type: 'response.completed', text: 'x'.repeat(300_000) });
    const text = Buffer.from(`event: response.completed\ndata: ${data}\n\n`);
    const pieces = Array.from({ length: Math.ceil(text.length / 16_384) }, (_, index) =>
      text.subarray(index * 16_384, (index + 1) * 16_384),
    );
    expect(read(pieces).told).toEqual([{ name: 'response.completed', data }]);
  });

  it('stops reading at an event above its limit, and says so', () => {
    const fits = Buffer.from(`data: ${'x'.repeat(64)}\n\n`);
    const tooLong = Buffer.from(`data: ${'x'.repeat(400)}\n\n`);
    const { told, reader } = read([fits, ...each(tooLong), fits], undefined, 256);
    expect(told).toHaveLength(1);
    expect(reader.overflowed).toBe(true);
  });

  it('stops reading when the lines of one event are too many', () => {
    const { reader } = read([Buffer.from('data:\n'.repeat(100))], undefined, 256);
    expect(reader.overflowed).toBe(true);
  });

  it('lets an event of any size pass that nobody wants', () => {
    const text = Buffer.concat([Buffer.from(`event: big\ndata: ${'x'.repeat(10_000)}\n\n`), RESPONSES]);
    const { told, reader } = read(each(text), (name) => name !== 'big', 256);
    expect(reader.overflowed).toBe(false);
    expect(told).toEqual([{ name: 'big', data: undefined }, ...EXPECTED]);
  });

  it('says where events and comments end in the piece pushed last', () => {
    const ends: number[] = [];
    const reader = new SseReader({
      wants: () => true,
      event: (_name, _data, end) => void ends.push(end),
      gap: (end) => void ends.push(-end),
    });
    reader.push(Buffer.from('data: 1\n\n: ping\n\ndata: 2'));
    expect(ends).toEqual([9, -17]);
    reader.push(Buffer.from('\n\ndata'));
    expect(ends).toEqual([9, -17, 2]);
  });

  it('agrees with another reader about random streams, cut at random', () => {
    const parts = [
      'data: a',
      'data:b',
      'data',
      'event: e',
      'event:',
      ': c',
      'id: 1',
      'x: y',
      '',
      '',
      'data: {"type":"t"}',
    ];
    const random = generator(7);
    for (let round = 0; round < 400; round++) {
      const lines = Array.from({ length: 12 }, () => parts[Math.floor(random() * parts.length)] as string);
      const text = `${lines.map((line) => line + ['\n', '\r\n', '\r'][Math.floor(random() * 3)]).join('')}\n\n`;
      const expected: (string | undefined)[] = [];
      // Given whole: fed piece by piece it would take a CR at a piece's end for a line end of its own.
      createParser({ onEvent: ({ data }) => void expected.push(data) }).feed(text);
      const pieces: Buffer[] = [];
      for (let at = 0; at < text.length; ) {
        const size = 1 + Math.floor(random() * 9);
        pieces.push(Buffer.from(text.slice(at, at + size)));
        at += size;
      }
      expect({ text, data: read(pieces).told.map(({ data }) => data) }).toEqual({ text, data: expected });
    }
  });
});

/** Numbers from 0 to 1, the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
