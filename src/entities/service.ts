import { Entity } from './entity.js';
import { Flag, Integer, ListOf, ReferenceTo, Text } from './field.js';
import { text } from './field-schema.js';
import { EntityBase, hostWithoutPort, NAME_RULE, PROTOCOL, pathOfUrl } from './field-types.js';
import { Rule } from './record-rules.js';
import { unfoldUrl } from './service-url.js';
import { type Milliseconds, milliseconds } from './units.js';
import { UUID_PATTERN } from './uuid.js';

/** (Gateway Service) The upstream application as configured. Source: Kong kong/db/schema/entities/services.lua. */
@Entity({
  name: 'services',
  singular: 'service',
  nameKey: 'name',
  stableIdFrom: 'name',
  unfold: unfoldUrl,
})
@Rule(({ protocol, path }, report) => {
  if (path != null && ['grpc', 'grpcs', 'tcp', 'tls', 'udp'].includes(String(protocol))) {
    report.field('path', 'value must be null');
    report.entity("failed conditional validation given value of field 'protocol'");
  }
})
@Rule((service, report) => {
  if (['https', 'tls'].includes(String(service.protocol))) return;
  for (const name of ['client_certificate', 'tls_verify', 'tls_verify_depth', 'ca_certificates']) {
    if (service[name] == null) continue;
    report.field(name, 'value must be null');
    report.entity("failed conditional validation given value of field 'protocol'");
  }
})
export class Service extends EntityBase {
  /** Unique name, by which Plugins and Routes may refer to it. */
  @Text({ rule: NAME_RULE }) name?: string;
  /** Further attempts after the first one failed. */
  @Integer({ between: [0, 32767] }) retries = 5;
  @Text({ required: true, ...PROTOCOL }) protocol = 'http';
  /** Host name, IP address, or the name of an Upstream. */
  @Text({ required: true, rule: hostWithoutPort }) host!: string;
  @Integer({ required: true, between: [0, 65535] }) port = 80;
  /** Put in front of what is left of the request's path. */
  @Text({ rule: pathOfUrl }) path?: string;
  @Integer({ between: [1, 2147483646] }) connect_timeout: Milliseconds = milliseconds(60000);
  @Integer({ between: [1, 2147483646] }) write_timeout: Milliseconds = milliseconds(60000);
  @Integer({ between: [1, 2147483646] }) read_timeout: Milliseconds = milliseconds(60000);
  @ReferenceTo('certificates') client_certificate?: { id: string };
  @Flag() tls_verify?: boolean;
  @Integer({ between: [0, 64] }) tls_verify_depth?: number;
  @ListOf(text({ matches: UUID_PATTERN })) ca_certificates?: string[];
  /** Routes of a disabled Service are left out of the router. */
  @Flag({ required: true }) enabled = true;
}
