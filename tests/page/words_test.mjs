import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

import {
  WORDS, keyOf, languageOf, markOf, say, tell,
} from '../../tools/mqtt-doctor/phone/page/words.mjs';

const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('both languages have the same sentences with the same values', () => {
  assert.deepEqual(Object.keys(WORDS.zh), Object.keys(WORDS.en));
  for (const key of Object.keys(WORDS.en)) {
    assert.deepEqual(holes(WORDS.zh[key]), holes(WORDS.en[key]), key);
  }
});

test('what the document shows has words', () => {
  const html = readFileSync(
      new URL('../../tools/mqtt-doctor/phone/page/page.html', import.meta.url), 'utf8');
  const keys = [...html.matchAll(/data-say="(\w+)"/g)].map(([, key]) => key);
  assert.ok(keys.length > 10);
  for (const key of keys) assert.ok(key in WORDS.en, key);
});

const MQTT_OUTCOMES = ['ok', 'refused', 'closed', 'timeout', 'garbled'];
const RECORDS = [
  {step: 'page', outcome: 'ok'},
  ...['ok', 'closed', 'timeout'].map((outcome) => ({step: 'fetch', outcome})),
  ...['ok', 'failed', 'timeout'].map((outcome) => ({step: 'tls', outcome})),
  ...['open', 'refused', 'silent', 'lost'].flatMap((seen) =>
    ['fetch', 'tls'].map((step) => ({step, outcome: 'timeout', seen}))),
  ...['trusted', 'distrusted'].map((seen) => ({step: 'tls', outcome: 'failed', seen})),
  ...['ok', 'failed'].flatMap((outcome) =>
    [true, false].map((variant) => ({step: 'ws', outcome, variant}))),
  {step: 'ws', outcome: 'timeout'},
  ...['connect', 'login'].flatMap((step) =>
    [...MQTT_OUTCOMES, 'failed'].map((outcome) => ({step, outcome}))),
  ...['subscribe', 'publish', 'roundtrip'].flatMap((step) =>
    MQTT_OUTCOMES.map((outcome) => ({step, outcome}))),
  ...['waits', 'no-websocket', 'websocket-fails'].map((reason) =>
    ({step: 'login', outcome: 'skipped', reason})),
  ...['ok', 'dropped', 'failed'].map((outcome) => ({step: 'keepalive', outcome})),
  ...['port', 'mixed', 'local-network', 'csp'].map((reason) =>
    ({step: 'fetch', outcome: 'blocked', reason})),
];

test('every end of every step has a sentence in both languages, with nothing left open', () => {
  for (const record of RECORDS) {
    assert.ok(keyOf(record) in WORDS.en, keyOf(record));
    for (const language of ['en', 'zh']) {
      const text = tell(language, {
        port: 1883, kind: 'ws', ms: 1234, version: '5', code: 0x87, path: '/mqtt',
        subprotocol: 'mqtt', drops: 1, seconds: 60, hidden_ms: 50000, ...record});
      assert.doesNotMatch(text, /[{}]|undefined|NaN/, text);
    }
  }
});

test('only what went well is marked so', () => {
  for (const record of RECORDS) {
    const isWell = record.outcome === 'ok' || record.seen === 'trusted' ||
        record.seen === 'open' && record.step === 'fetch';
    assert.equal(markOf(record) === 'ok', isWell, JSON.stringify(record));
  }
});

test('a failure that no page is told the reason of is left open, until the server says it', () => {
  assert.equal(markOf({step: 'fetch', outcome: 'closed'}), 'open');
  assert.equal(markOf({step: 'fetch', outcome: 'closed', seen: 'refused'}), 'bad');
  assert.equal(markOf({step: 'tls', outcome: 'failed'}), 'open');
  assert.equal(markOf({step: 'tls', outcome: 'failed', seen: 'distrusted'}), 'bad');
});

test('a code that is not known is told as its number', () => {
  assert.match(tell('en', {step: 'login', outcome: 'refused', code: 0x99, version: '5'}), /code 153/);
});

test('"not authorised" means another thing of a login than of a topic', () => {
  const said = (step) => tell('en', {step, outcome: 'refused', code: 0x87, version: '5'});
  assert.match(said('login'), /wrong user name or password/);
  assert.match(said('connect'), /wants a user name/);
  assert.match(said('subscribe'), /refused: not authorised\.$/);
});

test('the language is that of the browser, and English for all others', () => {
  assert.deepEqual(['zh', 'zh-CN', 'ZH-tw', 'en-GB', 'de', undefined].map(languageOf),
      ['zh', 'zh', 'zh', 'en', 'en', 'en']);
});

test('values are put in as they are, whatever they hold', () => {
  assert.equal(say('en', 'ws_ok', {port: 9001, path: '/{port}$&'}),
      'WebSocket opens on port 9001, path /{port}$&.');
});
