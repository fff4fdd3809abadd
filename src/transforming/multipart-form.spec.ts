import { describe, expect, it } from '@jest/globals';
import { boundaryOf, MultipartForm } from './multipart-form.js';

const FILE = Buffer.from([0, 1, 13, 10, 45, 45, 97, 13, 10, 255, 13, 10, 45, 45]).toString('latin1');
const BODY = [
  '--Xy7Zq',
  'Content-Disposition: form-data; name="plain"',
  '',
  'text',
  '--Xy7Zq',
  'Content-Disposition: form-data; name="file"; filename="name=x.bin"',
  'Content-Type: application/octet-stream',
  '',
  `${FILE}x`,
  '--Xy7Zq',
  'Content-Disposition: form-data; name="empty"',
  '',
  '',
  '--Xy7Zq--',
  '',
].join('\r\n');

const form = (body: string) => MultipartForm.parse(body, 'Xy7Zq') as MultipartForm;

/** The parts as another's parser reads them. */
async function read(body: string): Promise<Record<string, string>> {
  const headers = { 'content-type': 'multipart/form-data; boundary=Xy7Zq' };
  const parsed = await new Response(Buffer.from(body, 'latin1'), { headers }).formData();
  const fields: Record<string, string> = {};
  for (const [name, value] of parsed) {
    fields[name] =
      typeof value === 'string'
        ? value
        : `${value.name} ${value.type} ${Buffer.from(await value.arrayBuffer()).toString('latin1')}`;
  }
  return fields;
}

describe('a multipart form', () => {
  it('has the parts that are in it', () => {
    expect(form(BODY).names).toEqual(['plain', 'file', 'empty']);
    expect(form(BODY).isChanged).toBe(false);
  });

  it('keeps every byte of the parts that are not changed', () => {
    const changed = form(BODY);
    changed.set('plain', 'other');

    expect(changed.toString()).toBe(BODY.replace('\r\ntext\r\n', '\r\nother\r\n'));
  });

  it('is written so that others can read it', async () => {
    const changed = form(BODY);
    changed.remove('empty');
    changed.set('new', 'line\r\nbreak');
    changed.set('plain', 'other');

    expect(Object.keys(await read(changed.toString()))).toEqual(['plain', 'file', 'new']);
  });

  it('renames a part with its file name and type', async () => {
    const changed = form(BODY);
    changed.rename('file', 'upload');
    const { upload } = await read(changed.toString());

    expect(upload).toBe(`name=x.bin application/octet-stream ${FILE}x`);
  });

  it.each([
    'Content-Disposition: form-data; name="a"',
    'content-disposition: form-data; name=a',
    'Content-Type: text/plain\r\nContent-Disposition: form-data; filename="name=b"; name="a"',
  ])('knows the name of a part however its head is written: %s', (head) => {
    expect(form(`--Xy7Zq\r\n${head}\r\n\r\nname="c"\r\n--Xy7Zq--\r\n`).names).toEqual(['a']);
  });

  it('is not parted by a line that only begins like a delimiter', () => {
    expect(form('--Xy7Zq\r\n\r\none\r\n--Xy7ZqMore\r\n two --Xy7Zq\r\n--Xy7Zq--\r\n').names).toHaveLength(0);
    expect(
      form('--Xy7Zq\r\nContent-Disposition: form-data; name="a"\r\n\r\n--Xy7ZqMore\r\n--Xy7Zq--\r\n').names,
    ).toEqual(['a']);
  });

  it('replaces what had the name', () => {
    const changed = form(BODY);
    changed.rename('plain', 'empty');

    expect(changed.names).toEqual(['empty', 'file']);
  });

  it('cannot be made to write a header of its own by a name', () => {
    const changed = form('--Xy7Zq--\r\n');
    changed.set('a"\r\nX-Evil: 1', 'v');

    expect(changed.toString()).toBe(
      '--Xy7Zq\r\nContent-Disposition: form-data; name="a%22%0D%0AX-Evil: 1"\r\n\r\nv\r\n--Xy7Zq--\r\n',
    );
  });

  it.each([
    ['no boundary', 'text'],
    ['another boundary', '--c\r\n\r\nx\r\n--c--\r\n'],
    ['no end', '--Xy7Zq\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'],
    ['a boundary and nothing else', '--Xy7Zq'],
    ['a longer boundary', '--Xy7ZqMore\r\n\r\nx\r\n--Xy7ZqMore--\r\n'],
  ])('is not found where there is %s', (_, body) => {
    expect(MultipartForm.parse(body, 'Xy7Zq')).toBeUndefined();
  });

  it('may be empty', () => {
    expect(form('').names).toEqual([]);
    expect(form('--Xy7Zq--\r\n').names).toEqual([]);
  });
});

it.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['multipart/form-data; charset=x; boundary="a b"', 'a b'],
  ['multipart/form-data;BOUNDARY=abc;x=y', 'abc'],
  ['multipart/form-data', undefined],
])('the boundary of %s is %s', (contentType, boundary) => {
  expect(boundaryOf(contentType)).toBe(boundary);
});
