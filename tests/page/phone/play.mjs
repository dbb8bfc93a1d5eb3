// mqtt-doctor phone and a real broker, with the page's own script as the phone: what a browser of the
// lab does (./dev lab phone), where there is none.
//
//   MQTT_DOCTOR=mqtt-doctor node --test play.mjs
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {networkInterfaces, tmpdir} from 'node:os';
import path from 'node:path';
import {after, describe, it} from 'node:test';

import {open} from './browser.mjs';

const PATIENCE = 20_000;
const folder = mkdtempSync(path.join(tmpdir(), 'mqtt-doctor-page-'));
const children = [];
// A phone has no use for 127.0.0.1.
const own = Object.values(networkInterfaces()).flat()
    .find(({family, internal}) => family === 'IPv4' && !internal)?.address;
const skip = own ? false : 'this machine has no address but its loopback\'s';

after(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, {recursive: true});
});

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

async function until(what, wanted) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    const found = await wanted();
    if (found) return found;
    await pause(30);
  }
  throw new Error(`not in time: ${what()}`);
}

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, () => {
    const {port} = server.address();
    server.close(() => resolve(port));
  });
});

const answers = (port) => new Promise((resolve) => {
  const link = net.connect(port, own);
  link.on('connect', () => { link.destroy(); resolve(true); });
  link.on('error', () => resolve(false));
});

function start(program, words) {
  const child = spawn(program, words, {stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, LANG: 'C.UTF-8', LC_ALL: '', LANGUAGE: ''}});
  children.push(child);
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => { child.said += text; });
  }
  child.ended = new Promise((resolve) => child.on('close', resolve));
  return child;
}

/** A broker for pages; the port. */
async function broker(...lines) {
  const port = await freePort();
  const file = path.join(folder, `${port}.conf`);
  writeFileSync(file, [
    ...(process.getuid() === 0 ? ['user root'] : []),  // or it could not read the password file
    `listener ${await freePort()} 127.0.0.1`,  // mosquitto 2.0.11 ends where there is no plain one
    `listener ${port}`, 'protocol websockets', ...lines, ''].join('\n'));
  const child = start('mosquitto', ['-c', file]);
  await until(() => `mosquitto on ${port}: ${child.said}`, () => answers(port));
  return port;
}

async function doctor(target, ...words) {
  const port = await freePort();
  const child = start(process.env.MQTT_DOCTOR ?? 'mqtt-doctor',
      ['phone', target, '--page-port', String(port), '--for', '30s', '--lang', 'en', ...words]);
  const url = new RegExp(`http://\\S+:${port}/\\w{16}`);
  child.url = await until(() => child.said, () => url.exec(child.said)?.[0]);
  return child;
}

const isThere = (program) => spawnSync(program, ['-h']).error === undefined;
const needs = skip || (isThere('mosquitto') ? false : 'mosquitto is not installed');

// Side by side: each waits for a person's time most of the while.
describe('the page at mqtt-doctor phone', {concurrency: true}, () => {
  it('what is open is found good on both ends, with what an app needs', {skip: needs}, async () => {
    const port = await broker('allow_anonymous true');
    const child = await doctor(`ws://${own}:${port}/mqtt`, '--once');
    const page = await open(child.url, 'zh-CN');
    assert.match(page.answers.get('content-security-policy'), /script-src 'sha256-/);
    await until(() => child.said, () => page.verdict() !== 'wait');
    assert.equal(page.verdict(), 'good');
    assert.match(page.text('headline'), /手机/);
    assert.match(page.text('values'), new RegExp(`${own}.*${port}.*/mqtt`, 's'));
    assert.ok(!page.marks().includes('bad'), page.text('steps'));
    assert.equal(await child.ended, 0, child.said);
    page.close();
    for (const line of ['WebSocket is open at /mqtt', 'lets the phone in without a user name, MQTT 5',
      'MQTT 3.1.1', 'a message went to the broker and back', 'Nothing is wrong from any', 'Android 14']) {
      assert.ok(child.said.includes(line), `${line} is missing: ${child.said}`);
    }
  });

  it('a wrong password is told on both ends, and goes to the broker alone', {skip: needs}, async () => {
    const users = path.join(folder, 'users');
    assert.equal(spawnSync('mosquitto_passwd', ['-b', '-c', users, 'alice', 'right']).status, 0);
    const port = await broker('allow_anonymous false', `password_file ${users}`);
    const child = await doctor(`ws://${own}:${port}/mqtt`);
    const page = await open(child.url, 'en');
    await until(() => child.said, () => !page.isHidden('login'));
    page.type('username', 'alice');
    page.type('password', 'not-the-word');
    page.press('try');
    await until(() => page.text('headline'),
        () => page.verdict() === 'wrong' && /password is wrong|wrong (user|password)/i.test(page.text('headline')));
    await until(() => child.said, () => child.said.includes('refuses the login with code'));
    page.type('password', 'right');
    page.press('try');
    await until(() => page.text('headline'), () => page.verdict() === 'good');
    page.close();
    child.kill('SIGINT');
    assert.equal(await child.ended, 0, child.said);
    assert.ok(!child.said.includes('not-the-word') && !child.said.includes('alice'));
  });

  it('a port that is closed is told as refused, and the broker\'s cure follows', {skip}, async () => {
    const child = await doctor(`${own}:${await freePort()}`);
    const page = await open(child.url, 'en');
    await until(() => child.said, () => page.verdict() === 'wrong');
    assert.match(page.text('headline'), /Nothing listens on port/);
    page.close();
    child.kill('SIGINT');
    assert.equal(await child.ended, 4, child.said);
  });
});
