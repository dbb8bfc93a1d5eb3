import assert from 'node:assert/strict';
import {webcrypto} from 'node:crypto';
import test from 'node:test';

import {
  Link, blockedBy, connectLook, fetchLook, messageLook, pingLook, urlOf,
} from '../../tools/mqtt-doctor/phone/page/looks.mjs';
import {V311, V5} from '../../tools/mqtt-doctor/phone/page/mqtt.mjs';
import {Rounds} from '../../tools/mqtt-doctor/phone/page/rounds.mjs';

globalThis.crypto ??= webcrypto;  // which node 18 has under another name

const hex = (text) => Uint8Array.from(text.split(' ').map((word) => parseInt(word, 16))).buffer;

// A WebSocket that is open, with a broker behind it: `answer(first byte, bytes, socket)`.
class Socket {
  constructor(answer) {
    this.answer = answer;
    this.sent = [];
    this.isClosed = false;
  }

  send(bytes) {
    this.sent.push(bytes);
    queueMicrotask(() => this.answer(bytes[0], bytes, this));
  }

  say(data) {
    this.onmessage({data});
  }

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.onclose?.());
  }
}

// What it answers to CONNECT, SUBSCRIBE, PUBLISH and PINGREQ; a PUBLISH comes back as it is.
function broker(answers, {version = V311} = {}) {
  return new Socket((first, bytes, socket) => {
    const kind = {0x10: 'connect', 0x80: 'subscribe', 0x30: 'publish', 0xc0: 'ping'}[first & 0xf0];
    const answer = answers[kind];
    if (answer === 'close') socket.close();
    else if (answer === 'echo') {
      socket.say(Uint8Array.from(bytes).buffer);
      socket.say(version === V5 ? hex('40 03 00 02 00') : hex('40 02 00 02'));
    } else if (answer) socket.say(typeof answer === 'string' && /^[a-z]/i.test(answer) &&
        !/^[\da-f]{2}( |$)/.test(answer) ? answer : hex(answer));
  });
}

const OK = {connect: '20 02 00 00', subscribe: '90 03 00 01 01', publish: 'echo', ping: 'd0 00'};

async function steps(answers, version = V311) {
  const socket = broker({...OK, ...answers}, {version});
  const found = [];
  await messageLook(new Link(socket, version), 'a/b', (record) => found.push(record));
  return {socket, found: found.map(({step, outcome, code}) => [step, outcome, code])};
}

test('a login that is accepted gives a link', async () => {
  const found = await connectLook(broker(OK), V311);
  assert.deepEqual([found.outcome, found.version, found.code], ['ok', '3.1.1', 0]);
  assert.equal(await pingLook(found.link), true);
});

test('a login that is refused gives its code, and the connection is closed', async () => {
  const socket = broker({connect: '20 03 00 87 00'});
  const found = await connectLook(socket, V5, {username: 'u', password: 'p'});
  assert.deepEqual([found.outcome, found.code, found.link], ['refused', 0x87, undefined]);
  assert.equal(socket.isClosed, true);
});

test('a broker that hangs up, and one that talks of something else, are told apart', async () => {
  assert.equal((await connectLook(broker({connect: 'close'}), V311)).outcome, 'closed');
  assert.equal((await connectLook(broker({connect: 'HTTP'}), V311)).outcome, 'garbled');
  assert.equal((await connectLook(broker({connect: '48 54 54 50'}), V311)).outcome, 'garbled');
});

test('a message goes there and comes back', async () => {
  const {socket, found} = await steps({});
  assert.deepEqual(found, [['subscribe', 'ok', 1], ['publish', 'ok', 0], ['roundtrip', 'ok', undefined]]);
  // The message that came is acknowledged, or the broker would send it again.
  assert.ok(socket.sent.some((bytes) => bytes[0] === 0x40));
});

test('a subscription that is refused does not keep the message from being tried', async () => {
  const {found} = await steps({subscribe: '90 03 00 01 80', publish: '40 02 00 02'});
  assert.deepEqual(found, [['subscribe', 'refused', 0x80], ['publish', 'ok', 0]]);
});

test('a message that is refused is not waited for', async () => {
  const {found} = await steps({subscribe: '90 04 00 01 00 01', publish: '40 03 00 02 87'}, V5);
  assert.deepEqual(found, [['subscribe', 'ok', 1], ['publish', 'refused', 0x87]]);
});

test('a broker that hangs up on a subscription, or says why, is not asked further', async () => {
  assert.deepEqual((await steps({subscribe: 'close'})).found, [['subscribe', 'closed', undefined]]);
  const {found} = await steps({subscribe: 'e0 01 87', publish: 'close'}, V5);
  assert.deepEqual(found[0], ['subscribe', 'refused', 0x87]);
});

test('what a broker sends unasked does not pile up', async () => {
  const link = new Link(broker({}), V311);
  for (let count = 0; count < 1000; ++count) link.socket.say(hex('30 04 00 01 61 78'));
  assert.equal(link.packets.length, Link.LIMIT);
});

test('after its end a link sends nothing', async () => {
  const socket = broker({});
  const link = new Link(socket, V311);
  socket.onclose();
  link.send(new Uint8Array(1));
  link.close();
  assert.equal(socket.sent.length, 0);
});

test('URLs hold IPv6 addresses in brackets, and paths begin with a slash', () => {
  assert.equal(urlOf('ws', '2001:db8::1', 9001, 'mqtt'), 'ws://[2001:db8::1]:9001/mqtt');
  assert.equal(urlOf('ws', '[2001:db8::1]', 9001), 'ws://[2001:db8::1]:9001/');
  assert.equal(urlOf('https', 'broker.example', 8883), 'https://broker.example:8883/');
});

const here = (url) => {
  const {protocol, hostname} = new URL(url);
  return {protocol, hostname};
};

test('what the browser forbids is known before it is tried', () => {
  const plain = here('http://203.0.113.9:8080/'), secure = here('https://broker.example/');
  assert.equal(blockedBy('http://203.0.113.9:6000/', plain), 'port');
  assert.equal(blockedBy('http://203.0.113.9:1883/', plain), undefined);
  assert.equal(blockedBy('ws://broker.example:9001/', secure), 'mixed');
  assert.equal(blockedBy('wss://broker.example:9001/', secure), undefined);
  assert.equal(blockedBy('http://192.168.1.2:1883/', plain), 'local-network');
  assert.equal(blockedBy('http://192.168.1.2:1883/', here('http://192.168.1.2:8080/')), undefined);
});

test('a fetch tells an answer, an end at once, and silence', async (t) => {
  const ways = {
    ok: async () => ({type: 'opaque'}),
    failed: async () => { throw new TypeError('Failed to fetch'); },
    timeout: (url, {signal}) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    }),
  };
  for (const [outcome, way] of Object.entries(ways)) {
    t.mock.method(globalThis, 'fetch', way);
    assert.equal((await fetchLook('http://broker.example:1883/', {patience: 30})).outcome, outcome);
  }
});

// ---- rounds, in a browser whose network is written down here ----------------------------------------

function world(t, {http = {}, sockets = {}, answers = OK, protocols = ['mqtt']}) {
  t.mock.method(globalThis, 'fetch', async (url) => {
    if (!http[new URL(url).port]) throw new TypeError('Failed to fetch');
    return {};
  });
  const opened = [];
  globalThis.WebSocket = class {
    constructor(url, wanted) {
      const {port, pathname} = new URL(url);
      opened.push([Number(port), pathname, wanted[0] ?? '']);
      const isThere = sockets[port] === pathname && (protocols.includes(wanted[0] ?? ''));
      const socket = broker(answers);
      queueMicrotask(() => (isThere ? socket.onopen() : socket.onerror()));
      return socket;
    }
  };
  t.after(() => delete globalThis.WebSocket);
  return opened;
}

async function automatic(plan) {
  const found = [];
  const rounds = new Rounds({host: 'broker.example', topic: null, login_needed: null, ...plan},
      here('http://broker.example:8080/'), (record) => found.push(record));
  await rounds.automatic();
  return {found, rounds, words: found.map(({step, port, outcome}) => `${step} ${port ?? ''} ${outcome}`)};
}

const WS = {port: 9001, kind: 'ws', path: '/mqtt'};

test('a broker without WebSocket is asked for its ports alone', async (t) => {
  const opened = world(t, {});
  const {words} = await automatic({listeners: [{port: 1883, kind: 'mqtt', path: ''}]});
  assert.deepEqual(words, ['fetch 1883 closed', 'login  skipped']);
  assert.deepEqual(opened, []);
});

test('a WebSocket that opens is taken through login and message in both versions', async (t) => {
  world(t, {sockets: {9001: '/mqtt'}, answers: {...OK, connect: '20 02 00 00'}});
  const {found} = await automatic({listeners: [WS]});
  assert.ok(found.every(({step}) => step !== 'fetch'));  // nothing is left to be asked
  assert.ok(found.some(({step, outcome, version}) =>
    step === 'connect' && outcome === 'ok' && version === '3.1.1'));
});

test('a secure WebSocket that opens proves that the phone trusts the certificate', async (t) => {
  world(t, {sockets: {9443: '/mqtt'}});
  const {words} = await automatic({listeners: [{port: 9443, kind: 'wss', path: ''}], login_needed: true});
  assert.deepEqual(words, ['tls 9443 ok', 'ws 9443 ok', 'login  skipped']);
});

test('a WebSocket that opens in no way at all is told in two lines', async (t) => {
  const opened = world(t, {http: {9001: true}});
  const {words} = await automatic({listeners: [WS]});
  assert.deepEqual(words, ['fetch 9001 ok', 'ws 9001 failed', 'ws 9001 failed', 'login  skipped']);
  assert.equal(opened.length, 6);
});

test('a path that is wrong is found among the usual ones', async (t) => {
  world(t, {http: {9001: true}, sockets: {9001: '/ws'}});
  const {found, rounds} = await automatic({listeners: [WS], login_needed: true});
  const tried = found.filter(({step}) => step === 'ws');
  assert.deepEqual([tried[0].path, tried[0].outcome, tried[0].variant], ['/mqtt', 'failed', undefined]);
  assert.deepEqual([tried.at(-1).path, tried.at(-1).outcome, tried.at(-1).variant], ['/ws', 'ok', true]);
  assert.equal(rounds.ways[0].path, '/ws');
});

test('a subprotocol that is missing is told from a path that is wrong', async (t) => {
  world(t, {http: {9001: true}, sockets: {9001: '/mqtt'}, protocols: ['']});
  const {found} = await automatic({listeners: [WS], login_needed: true});
  assert.deepEqual(found.filter(({step}) => step === 'ws')
      .map(({path, subprotocol, outcome}) => [path, subprotocol, outcome]),
  [['/mqtt', 'mqtt', 'failed'], ['/mqtt', '', 'ok']]);
});

test('of several WebSockets the plan\'s first gets the login, whichever opens first', async (t) => {
  world(t, {sockets: {9001: '/mqtt', 9443: '/ws'}});
  const secure = {port: 9443, kind: 'wss', path: '/mqtt'};  // opens at its second path
  const {rounds} = await automatic({listeners: [secure, WS], login_needed: true});
  assert.deepEqual(rounds.ways.map(({port}) => port), [9443, 9001]);
});

test('a broker that wants a login is not bothered without one', async (t) => {
  world(t, {sockets: {9001: '/mqtt'}});
  const {words, rounds, found} = await automatic({listeners: [WS], login_needed: true});
  assert.equal(words.at(-1), 'login  skipped');
  found.length = 0;
  await rounds.login({username: 'u', password: 'p', topic: 'x'});
  assert.ok(found.every(({user}) => user === true));
  assert.ok(!JSON.stringify(found).includes('"p"'));  // what was typed stays here
});

test('a wrong password is tried once, not once for each version', async (t) => {
  world(t, {sockets: {9001: '/mqtt'}, answers: {connect: '20 02 00 87'}});
  const {rounds, found} = await automatic({listeners: [WS], login_needed: true});
  await rounds.login({username: 'u', password: 'wrong'});
  assert.equal(found.filter(({step, outcome}) => step === 'login' && outcome === 'refused').length, 1);
});

test('a connection that falls while the screen is off is counted, and opened again', async (t) => {
  world(t, {sockets: {9001: '/mqtt'}});
  const {rounds, found} = await automatic({listeners: [WS], login_needed: true});
  const opened = [];
  const Plain = globalThis.WebSocket;
  globalThis.WebSocket = class {
    constructor(...words) {
      const socket = new Plain(...words);
      opened.push(socket);
      return socket;
    }
  };
  const ticks = [];
  const {done, stop} = await rounds.screenTest({isHidden: () => false, tick: (now) => ticks.push(now)});
  while (ticks.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  opened[0].close();
  while (opened.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  stop();
  await done;
  const record = found.at(-1);
  assert.deepEqual([record.step, record.outcome, record.drops], ['keepalive', 'dropped', 1]);
});
