/**
 * A path as it may stand in a request line: every byte that may not is percent-encoded. What is encoded already stays as it
 * is, `%` included, so a path that was normalized means the same afterwards. Source: Kong kong/tools/uri.lua.
 */
export function escapedPath(path: string): string {
  return UNSAFE.test(path) ? path.replace(EACH_UNSAFE, percentEncoded) : path;
}

const UNSAFE = /[^!#$&'()*+,/:;=?@[\]A-Za-z0-9\-_.~%]/;
const EACH_UNSAFE = new RegExp(UNSAFE, 'g');

const percentEncoded = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
