// MQTT 3.1.1 and 5 as a client needs it to try a login, a subscription and a message: bytes in,
// bytes out, no connection and no clock. What comes from the broker is hostile: a packet has a
// greatest size, every length is checked, and what is wrong ends in a Malformed.

export const V311 = 4;
export const V5 = 5;
export const nameOf = (version) => (version === V5 ? '5' : '3.1.1');

/** The largest packet that is accepted, in bytes; a CONNECT of version 5 announces it. */
export const MAXIMUM_PACKET = 65536;

export class Malformed extends Error {}

const NAMES = ['', 'connect', 'connack', 'publish', 'puback', 'pubrec', 'pubrel', 'pubcomp',
  'subscribe', 'suback', 'unsubscribe', 'unsuback', 'pingreq', 'pingresp', 'disconnect', 'auth'];
export const TYPES = Object.fromEntries(NAMES.map((name, type) => [name, type]));

// Properties that a broker may send: identifier: [name, form, packets]. [MQTT 5, 2.2.2.2]
const ACKS = 'puback pubrec pubrel pubcomp suback unsuback';
const PROPERTIES = {
  1: ['payloadFormat', 'flag', 'publish'],
  2: ['messageExpiry', 'u32', 'publish'],
  3: ['contentType', 'text', 'publish'],
  8: ['responseTopic', 'text', 'publish'],
  9: ['correlationData', 'bytes', 'publish'],
  11: ['subscriptionIdentifier', 'number', 'publish'],
  17: ['sessionExpiry', 'u32', 'connack'],
  18: ['assignedClientId', 'text', 'connack'],
  19: ['serverKeepAlive', 'u16', 'connack'],
  21: ['authMethod', 'text', 'connack auth'],
  22: ['authData', 'bytes', 'connack auth'],
  26: ['responseInformation', 'text', 'connack'],
  28: ['serverReference', 'text', 'connack disconnect'],
  31: ['reasonString', 'text', `connack disconnect auth ${ACKS}`],
  33: ['receiveMaximum', 'u16', 'connack'],
  34: ['topicAliasMaximum', 'u16', 'connack'],
  35: ['topicAlias', 'u16', 'publish'],
  36: ['maximumQos', 'flag', 'connack'],
  37: ['retainAvailable', 'flag', 'connack'],
  38: ['userProperty', 'pair', `connack publish disconnect auth ${ACKS}`],
  39: ['maximumPacketSize', 'u32', 'connack'],
  40: ['wildcardAvailable', 'flag', 'connack'],
  41: ['subscriptionIdentifiersAvailable', 'flag', 'connack'],
  42: ['sharedAvailable', 'flag', 'connack'],
};
const REPEATED = ['userProperty', 'subscriptionIdentifier'];

// ---- bytes out -----------------------------------------------------------------------------------

class Writer {
  constructor() {
    this.bytes = [];
  }

  u8(value) {
    this.bytes.push(value & 255);
    return this;
  }

  u16(value) {
    return this.u8(value >> 8).u8(value);
  }

  u32(value) {
    return this.u16(value >>> 16).u16(value & 0xffff);
  }

  number(value) {
    do {
      const rest = Math.floor(value / 128);
      this.u8((value % 128) | (rest > 0 ? 128 : 0));
      value = rest;
    } while (value > 0);
    return this;
  }

  raw(bytes) {
    for (const byte of bytes) this.u8(byte);
    return this;
  }

  /** A string, or bytes, behind its length. */
  text(value) {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    if (bytes.length > 65535) throw new RangeError('longer than a string of MQTT may be');
    return this.u16(bytes.length).raw(bytes);
  }
}

function framed(type, flags, body) {
  return Uint8Array.from(
      new Writer().u8(type << 4 | flags).number(body.bytes.length).raw(body.bytes).bytes);
}

/** A CONNECT that asks for a clean session. `username` and `password` may be left out. */
export function encodeConnect({version, clientId, keepAlive = 60, username, password}) {
  const hasName = username !== undefined && username !== '';
  const hasPassword = password !== undefined && password !== '';
  if (hasPassword && !hasName && version !== V5) {
    throw new RangeError('MQTT 3.1.1 knows no password without a user name');
  }
  const body = new Writer().text('MQTT').u8(version)
      .u8(2 | (hasName ? 128 : 0) | (hasPassword ? 64 : 0)).u16(keepAlive);
  if (version === V5) body.number(5).u8(39).u32(MAXIMUM_PACKET);
  body.text(clientId);
  if (hasName) body.text(username);
  if (hasPassword) body.text(password);
  return framed(TYPES.connect, 0, body);
}

export function encodeSubscribe({version, id, filter, qos = 0}) {
  const body = new Writer().u16(id);
  if (version === V5) body.number(0);
  return framed(TYPES.subscribe, 2, body.text(filter).u8(qos));
}

/** A PUBLISH; never retained, so that an attempt leaves nothing behind. */
export function encodePublish({version, topic, payload, qos = 0, id}) {
  const body = new Writer().text(topic);
  if (qos > 0) body.u16(id);
  if (version === V5) body.number(0);
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  return framed(TYPES.publish, qos << 1, body.raw(bytes));
}

/** A PUBACK, PUBREC, PUBREL or PUBCOMP of success. */
export function encodeAck(name, id) {
  return framed(TYPES[name], name === 'pubrel' ? 2 : 0, new Writer().u16(id));
}

export const encodePing = () => framed(TYPES.pingreq, 0, new Writer());
export const encodeDisconnect = () => framed(TYPES.disconnect, 0, new Writer());

// ---- bytes in ------------------------------------------------------------------------------------

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(count) {
    if (count > this.left) throw new Malformed(`ends ${count - this.left} bytes early`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  u8() {
    return this.take(1)[0];
  }

  u16() {
    const [high, low] = this.take(2);
    return high << 8 | low;
  }

  u32() {
    return this.u16() * 65536 + this.u16();
  }

  number() {
    let value = 0;
    for (let factor = 1, index = 0; index < 4; factor *= 128, ++index) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (byte === 0 && index > 0) throw new Malformed('a length written longer than needed');
        return value;
      }
    }
    throw new Malformed('a length of more than four bytes');
  }

  data() {
    return this.take(this.u16()).slice();
  }

  text() {
    const bytes = this.take(this.u16());
    let text;
    try {
      text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
    } catch {
      throw new Malformed('a text that is not UTF-8');
    }
    if (text.includes('\0')) throw new Malformed('a NUL in a text');
    return text;
  }

  flag() {
    const value = this.u8();
    if (value > 1) throw new Malformed(`${value} where only 0 or 1 may stand`);
    return value;
  }

  valueOf(form) {
    switch (form) {
      case 'flag': return this.flag();
      case 'u16': return this.u16();
      case 'u32': return this.u32();
      case 'number': return this.number();
      case 'bytes': return this.data();
      case 'pair': return [this.text(), this.text()];
      default: return this.text();
    }
  }

  properties(packet) {
    const inside = new Reader(this.take(this.number()));
    const found = {};
    while (inside.left > 0) {
      const id = inside.number();
      const [name, form, packets] = PROPERTIES[id] ?? [];
      if (!name || !packets.split(' ').includes(packet)) {
        throw new Malformed(`property ${id} in a ${packet}`);
      }
      const value = inside.valueOf(form);
      if (REPEATED.includes(name)) {
        (found[name] ??= []).push(value);
      } else if (name in found) {
        throw new Malformed(`property ${id} twice`);
      } else {
        found[name] = value;
      }
    }
    return found;
  }
}

const identifier = (reader) => {
  const id = reader.u16();
  if (id === 0) throw new Malformed('packet identifier 0');
  return id;
};

// PUBACK, PUBREC, PUBREL and PUBCOMP may end early in version 5. [MQTT 5, 3.4.2.1]
function decodeAck(packet, reader, version) {
  packet.id = identifier(reader);
  packet.code = version === V5 && reader.left > 0 ? reader.u8() : 0;
  if (version === V5 && reader.left > 0) packet.properties = reader.properties(packet.name);
}

function decodeCodes(packet, reader, version) {
  packet.id = identifier(reader);
  if (version === V5) packet.properties = reader.properties(packet.name);
  const hasCodes = packet.name === 'suback' || version === V5;
  packet.codes = hasCodes ? [...reader.take(reader.left)] : [];
  if (hasCodes && packet.codes.length === 0) throw new Malformed('no reason code');
}

function decodeReason(packet, reader, version) {
  if (version !== V5) throw new Malformed(`${packet.name} from a broker of MQTT 3.1.1`);
  packet.code = reader.left > 0 ? reader.u8() : 0;
  if (reader.left > 0) packet.properties = reader.properties(packet.name);
}

const BODIES = {
  connack(packet, reader, version) {
    packet.sessionPresent = reader.flag() === 1;
    packet.code = reader.u8();
    // A broker without version 5 refuses it by a CONNACK of its own version.
    if (version === V5 && reader.left > 0) packet.properties = reader.properties('connack');
  },
  publish(packet, reader, version) {
    packet.qos = packet.flags >> 1 & 3;
    packet.retain = (packet.flags & 1) === 1;
    packet.dup = (packet.flags & 8) === 8;
    if (packet.qos === 3) throw new Malformed('QoS 3');
    if (packet.dup && packet.qos === 0) throw new Malformed('DUP at QoS 0');
    packet.topic = reader.text();
    if (/[#+]/.test(packet.topic)) throw new Malformed('a wildcard in a topic');
    if (packet.qos > 0) packet.id = identifier(reader);
    if (version === V5) packet.properties = reader.properties('publish');
    const isAliased = packet.properties?.topicAlias !== undefined;
    if (packet.topic === '' && !isAliased) throw new Malformed('an empty topic');
    packet.payload = reader.take(reader.left).slice();
  },
  puback: decodeAck,
  pubrec: decodeAck,
  pubrel: decodeAck,
  pubcomp: decodeAck,
  suback: decodeCodes,
  unsuback: decodeCodes,
  pingresp() {},
  disconnect: decodeReason,
  auth: decodeReason,
};

function decodeFirst(first) {
  const packet = {name: NAMES[first >> 4], flags: first & 15};
  if (!BODIES[packet.name]) throw new Malformed(`packet type ${first >> 4} from a broker`);
  const flags = packet.name === 'pubrel' ? 2 : 0;
  if (packet.name !== 'publish' && packet.flags !== flags) {
    throw new Malformed(`flags ${packet.flags} of a ${packet.name}`);
  }
  return packet;
}

function decodePacket(first, bytes, version) {
  const packet = decodeFirst(first);
  const reader = new Reader(bytes);
  BODIES[packet.name](packet, reader, version);
  if (reader.left > 0) throw new Malformed(`${reader.left} bytes too many in a ${packet.name}`);
  return packet;
}

/** Takes bytes as they come, in any pieces, and gives the packets that are whole. */
export class Decoder {
  constructor(version, limit = MAXIMUM_PACKET) {
    this.version = version;
    this.limit = limit;
    this.kept = new Uint8Array(0);
  }

  /** Throws Malformed; nothing can be read from that connection after it. */
  push(bytes) {
    const all = new Uint8Array(this.kept.length + bytes.length);
    all.set(this.kept);
    all.set(bytes, this.kept.length);
    const packets = [];
    let begin = 0;
    for (;;) {
      const size = this.#sizeOf(all, begin);
      if (size === undefined || size.end > all.length) break;
      packets.push(decodePacket(all[begin], all.subarray(size.body, size.end), this.version));
      begin = size.end;
    }
    this.kept = all.slice(begin);
    return packets;
  }

  // Where the body of the packet at `begin` starts and ends; undefined: not known yet.
  #sizeOf(all, begin) {
    const reader = new Reader(all);
    reader.at = begin + 1;
    if (all.length > begin) decodeFirst(all[begin]);  // what is no packet is not waited for
    const lengths = all.subarray(begin + 1, begin + 5);
    if (lengths.length < 4 && lengths.every((byte) => byte > 127)) return undefined;
    const size = reader.number();
    if (reader.at - begin + size > this.limit) throw new Malformed(`a packet of ${size} bytes`);
    return {body: reader.at, end: reader.at + size};
  }
}

/** Whether a reason code of CONNACK, SUBACK, PUBACK or DISCONNECT is a refusal. */
export const isRefusal = (code, version, packet) =>
  packet === 'connack' && version !== V5 ? code !== 0 : code >= 128;
