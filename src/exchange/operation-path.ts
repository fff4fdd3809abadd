import type { AccessRequest } from '../pdk/plugin.js';

/** Slashes merged, none at the end; `''` for the root. */
const tidy = (path: string): string => path.replace(/\/+/g, '/').replace(/\/$/, '');

/**
 * What follows an operation in a path: `resp_1/input_items` for `/v1/responses/resp_1/input_items`, `''` for the operation
 * itself. Every other path is the operation as well: clients are pointed at `/codex`, `/codex/v1`, `/codex/` and add to it
 * what they like. Only ids give a resource away where the operation's name is missing, because the route took it off.
 */
function tailIn(path: string, operation: string, idPrefix: string): string {
  const segments = tidy(path).split('/');
  const at = segments.lastIndexOf(operation);
  if (at >= 0) return segments.slice(at + 1).join('/');
  const id = segments.findIndex((segment) => segment.startsWith(idPrefix));
  return id < 0 ? '' : segments.slice(id).join('/');
}

/**
 * The resource a Responses request is about, from the path as earlier plugins left it. A request-transformer that sets the
 * path to `/`, as Kong's guide for Codex does, leaves every POST the plain operation; reads have no meaning without their
 * resource, so for those the client's own path is looked at as well.
 */
export function responsesTail(request: AccessRequest): string {
  const tail = tailIn(request.serviceRequest.path, 'responses', 'resp_');
  if (tail !== '' || request.method === 'POST') return tail;
  return tailIn(request.rawPath, 'responses', 'resp_');
}

export const asksForModels = ({ rawPath }: AccessRequest): boolean => /\/models\/?$/.test(rawPath);
