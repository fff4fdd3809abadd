import { describe, expect, it } from '@jest/globals';
import { settingsFrom } from '../config/settings.js';
import { shownSettings } from './shown-settings.js';

const shown = (environment: Record<string, string>) => shownSettings(settingsFrom(environment));

describe('the settings the Admin API shows', () => {
  it('tell nothing that is secret', () => {
    const settings = {
      KONG_PG_PASSWORD: 'hush-password',
      SLUICE_ADMIN_KEY: 'hush-admin-key-of-24',
      KONG_SSL_CERT_KEY: 'hush-key',
      KONG_DECLARATIVE_CONFIG_STRING: '{"consumers": [{"keyauth_credentials": [{"key": "hush-credential"}]}]}',
    };

    expect(JSON.stringify(shown(settings))).not.toContain('hush');
    expect(shown(settings)).toMatchObject({ pg_password: '******', declarative_config_string: '******' });
  });

  it('show a secret that is not set as missing', () => {
    expect(shown({})).toMatchObject({ pg_password: null, declarative_config_string: null });
  });

  it('show listeners as they are written, an IPv6 address in brackets', () => {
    const listen = '127.0.0.1:8000, [::1]:8443 ssl';

    expect(shown({ KONG_PROXY_LISTEN: listen }).proxy_listen).toEqual(listen.split(', '));
  });
});
