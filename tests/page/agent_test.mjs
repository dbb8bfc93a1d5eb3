import assert from 'node:assert/strict';
import test from 'node:test';

import {
  familyOf, isInsideAnApp, isPrivate, reduceAgent,
} from '../../tools/mqtt-doctor/phone/page/agent.mjs';

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
const BLINK = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test('of a user agent stay system and browser', () => {
  for (const [text, system, browser] of [
    [`Mozilla/5.0 (Linux; Android 10; K) ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36`,
      'Android', 'Chrome 142'],
    [`Mozilla/5.0 (Linux; Android 14; SM-S911B) ${BLINK} SamsungBrowser/27.0 Chrome/125.0.0.0 ` +
      'Mobile Safari/537.36', 'Android 14', 'Samsung Internet 27'],
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
      'Android 15', 'Firefox 140'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) ${WEBKIT} Version/26.0 ` +
      'Mobile/15E148 Safari/604.1', 'iOS 26.0', 'Safari 26.0'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${WEBKIT} CriOS/130.0.6723.37 ` +
      'Mobile/15E148 Safari/604.1', 'iOS 17.5', 'Chrome 130'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${WEBKIT} Mobile/15E148 ` +
      'MicroMessenger/8.0.49(0x18003133) NetType/WIFI Language/zh_CN', 'iOS 17.5', 'WeChat 8'],
    [`Mozilla/5.0 (X11; Linux x86_64) ${BLINK} HeadlessChrome/142.0.0.0 Safari/537.36`,
      'Linux', 'Chrome 142'],
    ['curl/8.0', 'unknown', 'unknown'],
    ['', 'unknown', 'unknown'],
  ]) {
    assert.deepEqual(reduceAgent(text), {system, browser}, text);
  }
});

test('an iPad that calls itself a Mac is told by its touch screen', () => {
  const text = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/17.4 Safari/605.1.15`;
  assert.equal(reduceAgent(text, 5).system, 'iPadOS');
  assert.equal(reduceAgent(text, 0).system, 'macOS');
});

test('a page inside an app is known as such', () => {
  assert.equal(isInsideAnApp({browser: 'WeChat 8'}), true);
  assert.equal(isInsideAnApp({browser: 'QQ 9'}), true);
  assert.equal(isInsideAnApp({browser: 'Safari 26.0'}), false);
});

test('addresses are told from names', () => {
  assert.deepEqual(['192.0.2.7', '[2001:db8::1]', '2001:db8::1', '::ffff:192.0.2.7', 'fe80::1%25wlan0',
    'broker.example', 'localhost', 'beef.example', 'abc'].map(familyOf),
  ['ipv4', 'ipv6', 'ipv6', 'ipv6', 'name', 'name', 'name', 'name', 'name']);
});

test('what only a home network reaches is private', () => {
  for (const host of ['10.0.0.1', '172.16.0.1', '172.31.9.9', '192.168.1.2', '127.0.0.1', '169.254.1.1',
    '[fd00::1]', 'fe80::1', '::1', 'localhost', 'pi.local']) {
    assert.equal(isPrivate(host), true, host);
  }
  for (const host of ['203.0.113.9', '172.32.0.1', '11.0.0.1', '[2001:db8::1]', 'fd.example',
    'local.example', '100.64.0.1']) {
    assert.equal(isPrivate(host), false, host);
  }
});
