import { hash, timingSafeEqual } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { Injectable, Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AddressList, plainAddress } from '../config/address-list.js';
import type { Listener } from '../config/listener.js';
import { Settings } from '../config/settings.js';
import { type AdminAnswer, forbidden, unauthorized } from './admin-answer.js';
import { isForAnotherSite, isPublicName } from './browser-request.js';

const logger = new Logger('admin');

const NOT_FOR_PAGES = 'pages of other sites may not use the Admin API';

/** Who may use the Admin API: whoever may write a configuration decides where every request goes, with which secrets. */
@Injectable()
export class AdminAccess {
  private readonly allowed: AddressList | undefined;
  private readonly key: Buffer | undefined;

  constructor(private readonly settings: Settings) {
    const { adminAllow, adminKey } = settings;
    if (adminAllow.length > 0) this.allowed = new AddressList(adminAllow);
    if (adminKey !== undefined) this.key = digest(adminKey);
  }

  /** Why a request is turned away; `undefined`: it may go on. */
  refusal(request: FastifyRequest): AdminAnswer | undefined {
    const { headers, method } = request;
    if (this.allowed && !this.allowed.has(plainAddress(request.socket.remoteAddress ?? ''))) {
      return forbidden('your address is not one that may use the Admin API');
    }
    // They must not use what the person in front of the browser can reach.
    if (headers['sec-fetch-site'] === 'cross-site') return forbidden(NOT_FOR_PAGES);
    // A page of another site does not have the key; who has it may be whoever he is.
    if (this.key === undefined) return this.refusalOfBrowser(request);
    // A browser's question whether it may ask carries no credentials.
    if (method === 'OPTIONS' || this.isKey(headers)) return undefined;
    return unauthorized('the Admin API needs its key: send it as Kong-Admin-Token, or as a bearer token');
  }

  /** Nothing but what a browser cannot lie about tells a page of another site from the operator. */
  private refusalOfBrowser({ headers, socket }: FastifyRequest): AdminAnswer | undefined {
    if (isForAnotherSite(headers)) return forbidden(NOT_FOR_PAGES);
    const { host = '' } = headers;
    const isRebound = !(socket instanceof TLSSocket) && isLoopbackAddress(socket.localAddress) && isPublicName(host);
    if (!isRebound) return undefined;
    return forbidden(
      `the Admin API on this machine is not to be asked as '${host}', which a page of another site could do as well; ` +
        'ask localhost, or set SLUICE_ADMIN_KEY',
    );
  }

  /** Warns of listeners that anybody on the network can use. */
  warnOfOpenDoors(): void {
    if (this.key !== undefined || this.allowed) return;
    for (const listener of this.settings.adminListen) {
      if (isLoopback(listener) || (listener.tls && this.settings.adminClientAuthorities !== undefined)) continue;
      logger.warn(
        `the Admin API on ${listener.host}:${listener.port} obeys anybody who can reach it; set SLUICE_ADMIN_KEY, ` +
          'SLUICE_ADMIN_ALLOW or KONG_NGINX_ADMIN_SSL_CLIENT_CERTIFICATE, or listen on 127.0.0.1',
      );
    }
  }

  private isKey(headers: FastifyRequest['headers']): boolean {
    const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    const given = headers['kong-admin-token'] ?? bearer;
    return typeof given === 'string' && timingSafeEqual(digest(given), this.key as Buffer);
  }
}

/** Of equal length, so that the comparison takes the same time for any two. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

function isLoopback({ host }: Listener): boolean {
  return host === 'localhost' || LOOPBACK.has(host);
}

const isLoopbackAddress = (address = ''): boolean => LOOPBACK.has(plainAddress(address));

const LOOPBACK = new AddressList(['127.0.0.0/8', '::1']);
