import { Controller, Get } from '@nestjs/common';
import { AdminEndpoints } from './admin-endpoints.js';

/** Every path of the Admin API. */
@Controller('endpoints')
export class EndpointController {
  constructor(private readonly endpoints: AdminEndpoints) {}

  @Get()
  list(): object {
    return { data: this.endpoints.list().map(({ path }) => path) };
  }
}
