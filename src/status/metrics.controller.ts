import { Readable } from 'node:stream';
import { Controller, Get, Header } from '@nestjs/common';
import { EXPOSITION_TYPE } from '../observability/exposition.js';
import { MetricsPage } from '../observability/metrics-page.js';

/** What Prometheus scrapes. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly page: MetricsPage) {}

  @Get()
  @Header('Content-Type', EXPOSITION_TYPE)
  metrics(): Readable {
    return Readable.from(this.page.text());
  }
}
