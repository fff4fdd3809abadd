import { Controller, Get } from '@nestjs/common';
import { EntityRegistry } from '../entities/entity-registry.js';
import { AdminEndpoints } from './admin-endpoints.js';
import { openApiDocument } from './openapi-document.js';

/** The Admin API described for tools. */
@Controller('openapi.json')
export class OpenApiController {
  private document: object | undefined;

  constructor(
    private readonly registry: EntityRegistry,
    private readonly endpoints: AdminEndpoints,
  ) {}

  @Get()
  describe(): object {
    this.document ??= openApiDocument(this.registry, this.endpoints.list());
    return this.document;
  }
}
