import { Controller, Get, HttpException, Param, Post } from '@nestjs/common';
import { idFromName } from '../config/stable-id.js';

/** The one workspace there is. Kong Enterprise has more; what is made for it asks for this one at least. */
const DEFAULT = {
  id: idFromName('workspaces', 'default'),
  name: 'default',
  comment: null,
  config: {},
  meta: {},
  created_at: 0,
  updated_at: 0,
};

/** `/default/services` is `/services`. Takes and answers a request target. */
export const withoutWorkspace = (target: string): string => target.replace(/^\/default(?:\/kong)?(?=[/?]|$)\/?/, '/');

/** What decK asks of a gateway when a file or `--workspace` names the workspace. */
@Controller('workspaces')
export class WorkspaceController {
  @Get()
  list(): object {
    return { data: [DEFAULT], next: null };
  }

  @Get(':workspaces')
  read(@Param('workspaces') part: string): object {
    if (part === DEFAULT.name || part === DEFAULT.id) return DEFAULT;
    throw new HttpException({ message: 'Not found' }, 404);
  }

  @Post()
  create(): never {
    throw new HttpException({ message: "there is one workspace, 'default', and no other can be made" }, 405);
  }
}
