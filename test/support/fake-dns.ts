import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface SrvAnswer {
  readonly port: number;
  readonly name: string;
  readonly priority?: number;
  readonly weight?: number;
}

/** What a name stands for. Without any of them the name exists and has no records of the type asked for. */
export interface FakeZone {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly srv?: readonly SrvAnswer[];
  /** Seconds. */
  readonly ttl?: number;
  /** SERVFAIL (2), REFUSED (5) … in place of an answer. */
  readonly code?: number;
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA' | 'SRV'>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' };
const NAME_ERROR = 3;

/** A name server on a free UDP port that answers from `zones`, which a test may change, and keeps what it was asked. */
export class FakeDns {
  /** `A name.test`, in the order of asking. */
  readonly questions: string[] = [];
  readonly zones: Record<string, FakeZone> = {};
  /** Answers held back until the test lets them go. */
  private held: (() => void)[] | undefined;
  private readonly socket = createSocket('udp4');

  static async start(zones: Record<string, FakeZone> = {}): Promise<FakeDns> {
    const dns = new FakeDns();
    Object.assign(dns.zones, zones);
    dns.socket.on('message', (message, from) => dns.onQuestion(message, from));
    dns.socket.bind(0, '127.0.0.1');
    await once(dns.socket, 'listening');
    return dns;
  }

  /** `ip:port`, for a resolver's list of servers. */
  get address(): string {
    return `127.0.0.1:${(this.socket.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.held = [];
  }

  letGo(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const answer of held) answer();
  }

  async stop(): Promise<void> {
    this.socket.close();
    await once(this.socket, 'close');
  }

  private onQuestion(message: Buffer, from: RemoteInfo): void {
    const labels: string[] = [];
    let at = 12;
    for (let length = message[at] as number; length > 0; length = message[at] as number) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join('.').toLowerCase();
    const type = message.readUInt16BE(at + 1);
    const question = message.subarray(12, at + 5);
    this.questions.push(`${TYPES[type] ?? type} ${name}`);
    const answer = () => this.socket.send(this.answerTo(message, question, name, type), from.port, from.address);
    if (this.held) this.held.push(answer);
    else answer();
  }

  private answerTo(message: Buffer, question: Buffer, name: string, type: number): Buffer {
    const zone = this.zones[name];
    const records = zone?.code === undefined ? recordsOf(zone, type) : [];
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580 | (zone ? (zone.code ?? 0) : NAME_ERROR), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, question, ...records.map((data) => recordOf(type, zone?.ttl ?? 60, data))]);
  }
}

/** A resource record about the name of the question, which is at byte 12 of the message. */
function recordOf(type: number, ttl: number, data: Buffer): Buffer {
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(ttl, 6);
  record.writeUInt16BE(data.length, 10);
  return Buffer.concat([record, data]);
}

function recordsOf(zone: FakeZone | undefined, type: number): Buffer[] {
  switch (TYPES[type]) {
    case 'A':
      return (zone?.a ?? []).map((ip) => Buffer.from(ip.split('.').map(Number)));
    case 'AAAA':
      return (zone?.aaaa ?? []).map(ipv6Bytes);
    case 'SRV':
      return (zone?.srv ?? []).map(srvBytes);
    default:
      return [];
  }
}

/** Only the forms tests write: eight groups, or one `::`. */
function ipv6Bytes(ip: string): Buffer {
  const [front = '', back = ''] = ip.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const zeros = Array<string>(8 - groups(front).length - groups(back).length).fill('0');
  const bytes = Buffer.alloc(16);
  [...groups(front), ...zeros, ...groups(back)].forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  return bytes;
}

function srvBytes({ port, name, priority = 0, weight = 1 }: SrvAnswer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(priority, 0);
  head.writeUInt16BE(weight, 2);
  head.writeUInt16BE(port, 4);
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([head, ...labels, Buffer.from([0])]);
}
