import type { AccessRequest } from '../pdk/plugin.js';

/** Ids and names of resources. Whatever else is in a path must not reach other addresses with the gateway's key. */
const SEGMENT = /^[\w-]+$/;

/**
 * What follows an operation in a path: `resp_1/input_items` for `/v1/responses/resp_1/input_items`, `''` for the operation
 * itself. Every other path is the operation as well: clients are pointed at `/codex`, `/codex/v1`, `/codex/` and add to it
 * what they like. Only ids give a resource away where the operation's name is missing, because the route took it off.
 */
function tailIn(path: string, operation: string, idPrefix: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const at = segments.lastIndexOf(operation);
  const from = at >= 0 ? at + 1 : segments.findIndex((segment) => segment.startsWith(idPrefix));
  const tail = from < 0 ? [] : segments.slice(from);
  return tail.every((segment) => SEGMENT.test(segment)) ? tail.join('/') : '';
}

/** What is posted below `/v1/responses` and is no request to a model, or another kind of one. */
const POSTED_BESIDE = /^(?:compact|input_tokens|resp_[\w-]+\/cancel)$/;

/**
 * The resource a Responses request is about, from the path as earlier plugins left it. A request-transformer that sets the
 * path to `/`, as Kong's guide for Codex does, leaves every other POST the plain operation; reads have no meaning without
 * their resource, and a call to count or to cancel must not become one that is billed, so for those the client's own path is
 * looked at as well.
 */
export function responsesTail(request: AccessRequest): string {
  const tail = tailIn(request.serviceRequest.path, 'responses', 'resp_');
  if (tail !== '') return tail;
  const asked = tailIn(request.path, 'responses', 'resp_');
  return request.method !== 'POST' || POSTED_BESIDE.test(asked) ? asked : '';
}

export const asksForModels = ({ rawPath }: AccessRequest): boolean => /\/models\/?$/.test(rawPath);
