import { describe, expect, it } from '@jest/globals';
import { Route } from '../entities/route.js';
import { type ProtocolFacts, protocolAnswer } from './protocol-check.js';

const facts: ProtocolFacts = {
  forwardedProto: 'http',
  forwardedHost: 'a.test',
  target: '/a?b=c',
  contentType: undefined,
  isHttp2: false,
};
const answer = (route: Partial<Route>, changed: Partial<ProtocolFacts> = {}) =>
  protocolAnswer(Object.assign(new Route(), route), { ...facts, ...changed });

describe('a Route for https only', () => {
  const protocols = ['https'];

  it('asks a client that came over http to upgrade', () => {
    expect(answer({ protocols })).toEqual({
      kind: 'error',
      status: 426,
      message: 'Please use HTTPS protocol',
      headers: { Connection: 'Upgrade', Upgrade: 'TLS/1.2, HTTP/1.1' },
    });
  });

  it.each([301, 302, 307, 308])('or redirects it with %d', (status) => {
    expect(answer({ protocols, https_redirect_status_code: status })).toEqual({
      kind: 'empty',
      status,
      headers: { Location: 'https://a.test/a?b=c' },
    });
  });

  it('serves what a trusted peer says came over https', () => {
    expect(answer({ protocols }, { forwardedProto: 'https' })).toBeUndefined();
  });
});

describe('a Route for http', () => {
  it.each([[['http']], [['http', 'https']]])('%j serves http and https', (protocols) => {
    expect(answer({ protocols })).toBeUndefined();
    expect(answer({ protocols }, { forwardedProto: 'https' })).toBeUndefined();
  });
});

describe('a Route for gRPC', () => {
  const call = { contentType: 'application/grpc+proto', isHttp2: true };

  it('serves calls', () => {
    expect(answer({ protocols: ['grpc'] }, call)).toBeUndefined();
    expect(answer({ protocols: ['grpcs'] }, { ...call, forwardedProto: 'https' })).toBeUndefined();
  });

  it.each([undefined, 'application/json', 'text/application/grpc'])('refuses content of type %j', (contentType) => {
    expect(answer({ protocols: ['grpc'] }, { ...call, contentType })).toEqual({
      kind: 'error',
      status: 415,
      message: 'Non-gRPC request matched gRPC route',
      headers: {},
    });
  });

  it('asks for HTTP/2', () => {
    expect(answer({ protocols: ['grpc'] }, { ...call, isHttp2: false })).toEqual({
      kind: 'error',
      status: 426,
      message: 'Please use HTTP2 protocol',
      headers: { Connection: 'Upgrade', Upgrade: 'HTTP/2' },
    });
  });

  it('answers in gRPC that grpcs is not to be had over plain text', () => {
    expect(answer({ protocols: ['grpcs'] }, call)).toEqual({
      kind: 'empty',
      status: 200,
      headers: {
        'Content-Type': 'application/grpc',
        'grpc-status': '1',
        'grpc-message': 'gRPC request matched gRPCs route',
      },
    });
  });
});
