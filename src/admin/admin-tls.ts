import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer, type ServerOptions } from 'node:https';
import { createServer as createPlainServer, type Server } from 'node:net';
import type { Settings } from '../config/settings.js';
import { selfSignedCertificate } from '../proxy/tls-contexts.js';

/** A server to listen with, and how to be rid of the connections it has. */
export interface Door {
  readonly server: Server;
  closeAllConnections(): void;
}

/** A TLS listener of the Admin API: how it identifies itself and whom it lets in. */
export async function secureDoor(settings: Settings, answer: RequestListener): Promise<Door> {
  const { adminSslCert, adminSslCertKey, adminClientAuthorities } = settings;
  const clients: ServerOptions =
    adminClientAuthorities === undefined
      ? {}
      : { ca: await pem(adminClientAuthorities), requestCert: true, rejectUnauthorized: true };
  if (adminSslCert === undefined || adminSslCertKey === undefined) {
    return selfSignedDoor(clients, createSecureServer(clients, answer));
  }
  const own = { cert: await pem(adminSslCert), key: await pem(adminSslCertKey) };
  const server = createSecureServer({ ...clients, ...own }, answer);
  return { server, closeAllConnections: () => server.closeAllConnections() };
}

/**
 * Makes its certificate when the first client comes. It takes a tenth of a second and a library of 20 MB, and most gateways
 * are never asked on this port.
 */
function selfSignedDoor(clients: ServerOptions, secure: SecureServer): Door {
  let ready: Promise<void> | undefined;
  const server = createPlainServer({ pauseOnConnect: true }, (socket) => {
    ready ??= selfSignedCertificate().then((own) => secure.setSecureContext({ ...clients, ...own }));
    ready.then(
      () => secure.emit('connection', socket),
      () => socket.destroy(),
    );
  });
  return { server, closeAllConnections: () => secure.closeAllConnections() };
}

/** A setting that is PEM text itself, or names a file with it. */
const pem = async (setting: string): Promise<string> =>
  setting.startsWith('-----BEGIN ') ? setting : readFile(setting, 'utf8');
