// Attempts that a page can make from the phone: each asks the network once, within a time limit.
import {
  Decoder, Malformed, encodeAck, encodeConnect, encodeDisconnect, encodePing, encodePublish,
  encodeSubscribe, isRefusal, nameOf,
} from './mqtt.mjs';
import {familyOf, isPrivate} from './agent.mjs';

/** A phone in a poor network repeats its SYN after 1 s and 3 s: both are waited for. */
export const PATIENCE = 6000;

// Ports that browsers open for no page. [Fetch, 2.9 "bad port"]
const BAD_PORTS = ('1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 ' +
  '109 110 111 113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 ' +
  '531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 ' +
  '5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080').split(' ').map(Number);

export const urlOf = (scheme, host, port, path = '/') =>
  `${scheme}://${familyOf(host) === 'ipv6' ? `[${host.replace(/^\[|\]$/g, '')}]` : host}:${port}` +
  (path.startsWith('/') ? path : `/${path}`);

/** Why the browser would not even try, or undefined. `page` is the page's own location. */
export function blockedBy(url, page) {
  const {protocol, port, hostname} = new URL(url);
  if (BAD_PORTS.includes(Number(port))) return 'port';
  const isPlain = protocol === 'http:' || protocol === 'ws:';
  if (page.protocol === 'https:' && isPlain) return 'mixed';
  const isInward = isPrivate(hostname) && familyOf(page.hostname) !== 'name' &&
      !isPrivate(page.hostname);
  return isInward && page.protocol === 'http:' ? 'local-network' : undefined;
}

const since = (begin) => Math.round(performance.now() - begin);

/** Fetches a URL: `ok` for an answer, `timeout`, or `failed`, whose reason browsers tell no page. */
export async function fetchLook(url, {patience = PATIENCE, stop = new AbortController()} = {}) {
  const begin = performance.now();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    await fetch(url, {
      mode: 'no-cors', cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer',
      signal: stop.signal,
    });
    return {outcome: 'ok', ms: since(begin)};
  } catch {
    return {outcome: stop.signal.aborted ? 'timeout' : 'failed', ms: since(begin)};
  } finally {
    clearTimeout(timer);
    stop.abort();  // the body is of no interest
  }
}

/** Opens a WebSocket; with `ok` comes the socket, and it is the caller's to close. */
export function socketLook(url, protocols, patience = PATIENCE) {
  const begin = performance.now();
  return new Promise((resolve) => {
    let socket;
    let timer;
    const end = (outcome) => {
      clearTimeout(timer);
      if (outcome !== 'ok') socket?.close();
      resolve({outcome, ms: since(begin), socket: outcome === 'ok' ? socket : undefined});
    };
    try {
      socket = new WebSocket(url, protocols);
    } catch {
      resolve({outcome: 'blocked', ms: 0});
      return;
    }
    socket.binaryType = 'arraybuffer';
    timer = setTimeout(() => end('timeout'), patience);
    socket.onopen = () => end('ok');
    socket.onerror = socket.onclose = () => end('failed');
  });
}

/** An unexpected end of a conversation. */
export class Ended extends Error {
  constructor(outcome, detail = '') {
    super(detail);
    this.outcome = outcome;  // closed, timeout, garbled
  }
}

/** MQTT over an open WebSocket; packets are kept until they are asked for. */
export class Link {
  static LIMIT = 64;  // packets kept; when a broker sends more the oldest are dropped

  constructor(socket, version) {
    this.socket = socket;
    this.version = version;
    this.decoder = new Decoder(version);
    this.packets = [];
    this.ended = undefined;
    this.waiting = undefined;
    this.onend = undefined;
    socket.onmessage = ({data}) => this.#take(data);
    socket.onclose = socket.onerror = () => this.#end(new Ended('closed'));
  }

  send(bytes) {
    if (!this.ended) this.socket.send(bytes);
  }

  /** The next packet for which `wanted` is true; throws Ended. */
  next(wanted, patience = PATIENCE) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting = undefined;
        reject(new Ended('timeout'));
      }, patience);
      this.waiting = () => {
        const index = this.packets.findIndex(wanted);
        if (index < 0 && !this.ended) return;
        clearTimeout(timer);
        this.waiting = undefined;
        if (index < 0) reject(this.ended);
        else resolve(this.packets.splice(index, 1)[0]);
      };
      this.waiting();
    });
  }

  close() {
    if (!this.ended) {
      this.send(encodeDisconnect());
      this.onend = undefined;
      this.socket.close();
    }
  }

  #take(data) {
    if (this.ended) return;
    try {
      if (typeof data === 'string') throw new Malformed('text in place of bytes');
      for (const packet of this.decoder.push(new Uint8Array(data))) {
        if (packet.name === 'publish' && packet.qos === 1) this.send(encodeAck('puback', packet.id));
        this.packets.push(packet);
        if (this.packets.length > Link.LIMIT) this.packets.shift();
      }
    } catch (error) {
      this.socket.close();
      this.#end(new Ended('garbled', error.message));
    }
    this.waiting?.();
  }

  #end(how) {
    if (this.ended) return;
    this.ended = how;
    this.waiting?.();
    this.onend?.();
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
export const randomWord = (length) =>
  [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => letters[byte % 36]).join('');

const outcomeOf = (error) => {
  if (!(error instanceof Ended)) throw error;
  return error.message ? {outcome: error.outcome, detail: error.message} : {outcome: error.outcome};
};

/** Sends CONNECT; a link comes only with `ok`. Every broker takes an identifier of 23 letters. */
export async function connectLook(socket, version, {username, password, keepAlive = 60} = {}) {
  const begin = performance.now();
  const link = new Link(socket, version);
  try {
    link.send(encodeConnect({
      version, clientId: `mqttdoctorphone${randomWord(8)}`, keepAlive, username, password}));
    const {name, code} = await link.next(({name}) => name === 'connack' || name === 'disconnect');
    if (name === 'connack' && !isRefusal(code, version, name)) {
      return {outcome: 'ok', version: nameOf(version), code, ms: since(begin), link};
    }
    link.close();
    return {outcome: 'refused', version: nameOf(version), code, ms: since(begin)};
  } catch (error) {
    socket.close();
    return {version: nameOf(version), ms: since(begin), ...outcomeOf(error)};
  }
}

const answered = (link, wanted, patience) =>
  link.next((packet) => wanted(packet) || packet.name === 'disconnect', patience);

/** Subscribes, publishes and waits for the message to come back; `report` is told each step. */
export async function messageLook(link, topic, report) {
  const {version} = link;
  const told = (record) => report({version: nameOf(version), ...record});
  const step = async (name, act) => {
    const begin = performance.now();
    let found;
    try {
      const {name: answer, code} = await act();
      const isNo = answer === 'disconnect' || isRefusal(code, version, answer);
      found = {outcome: isNo ? 'refused' : 'ok', code};
    } catch (error) {
      found = outcomeOf(error);
    }
    told({step: name, ms: since(begin), ...found});
    return found.outcome;
  };
  const subscribed = await step('subscribe', async () => {
    link.send(encodeSubscribe({version, id: 1, filter: topic, qos: 1}));
    const {name, codes, code} = await answered(link, ({name}) => name === 'suback');
    return {name, code: codes?.[0] ?? code};
  });
  if (subscribed === 'closed') return;
  const payload = `mqtt-doctor ${randomWord(12)}`;
  const begin = performance.now();
  // The message may come before its PUBACK; its time counts from PUBLISH.
  const published = await step('publish', async () => {
    link.send(encodePublish({version, topic, payload, qos: 1, id: 2}));
    return answered(link, ({name, id}) => name === 'puback' && id === 2);
  });
  if (subscribed !== 'ok' || published !== 'ok') return;
  const isOurs = (packet) =>
    packet.name === 'publish' && new TextDecoder().decode(packet.payload) === payload;
  try {
    await link.next(isOurs, PATIENCE / 2);
    told({step: 'roundtrip', outcome: 'ok', ms: since(begin)});
  } catch (error) {
    told({step: 'roundtrip', ms: since(begin), ...outcomeOf(error)});
  }
}

/** A PINGREQ and its answer: whether the connection lives. */
export async function pingLook(link) {
  try {
    link.send(encodePing());
    await link.next(({name}) => name === 'pingresp');
    return true;
  } catch (error) {
    outcomeOf(error);
    return false;
  }
}
