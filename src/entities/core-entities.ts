import { CaCertificate, Certificate, Sni } from './certificate.js';
import { Consumer } from './consumer.js';
import { ConsumerGroup, ConsumerGroupMember } from './consumer-group.js';
import {
  Acl,
  BasicauthCredential,
  HmacauthCredential,
  JwtSecret,
  KeyauthCredential,
  MtlsAuthCredential,
  Oauth2Credential,
} from './credentials.js';
import { entityDefinition } from './entity.js';
import { EntityRegistry } from './entity-registry.js';
import { Key, KeySet } from './key.js';
import { PluginEntity } from './plugin-entity.js';
import { Route } from './route.js';
import { Service } from './service.js';
import { Target } from './target.js';
import { Upstream } from './upstream.js';
import { Vault } from './vault.js';

/** A registry that knows every kind of entity the gateway itself brings. Plugins add theirs when they are found. */
export function coreRegistry(): EntityRegistry {
  const registry = new EntityRegistry();
  const kinds = [
    Certificate,
    CaCertificate,
    Vault,
    KeySet,
    ConsumerGroup,
    Consumer,
    ConsumerGroupMember,
    Service,
    Upstream,
    Key,
    Sni,
    Route,
    Target,
    PluginEntity,
    KeyauthCredential,
    BasicauthCredential,
    JwtSecret,
    Acl,
    HmacauthCredential,
    Oauth2Credential,
    MtlsAuthCredential,
  ];
  for (const kind of kinds) registry.addEntity(entityDefinition(kind));
  return registry;
}
