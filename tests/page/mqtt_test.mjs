import assert from 'node:assert/strict';
import test from 'node:test';

import {
  Decoder, MAXIMUM_PACKET, Malformed, V311, V5, encodeAck, encodeConnect, encodeDisconnect,
  encodePing, encodePublish, encodeSubscribe, isRefusal,
} from '../../tools/mqtt-doctor/phone/page/mqtt.mjs';

const bytes = (text) => Uint8Array.from(text.trim().split(/\s+/).map((word) => parseInt(word, 16)));
const decode = (version, text) => new Decoder(version).push(bytes(text));
const single = (version, text) => {
  const packets = decode(version, text);
  assert.equal(packets.length, 1);
  return packets[0];
};

test('a CONNECT of 3.1.1 without a login is to the byte what the specification draws', () => {
  assert.deepEqual(encodeConnect({version: V311, clientId: 'ab', keepAlive: 60}),
      bytes('10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 61 62'));
});

test('a CONNECT of 5 announces the greatest packet and carries the login', () => {
  assert.deepEqual(
      encodeConnect({version: V5, clientId: 'a', keepAlive: 10, username: 'u', password: 'p\u00e4'}),
      bytes('10 1b 00 04 4d 51 54 54 05 c2 00 0a 05 27 00 01 00 00 00 01 61 00 01 75 00 03 70 c3 a4'));
});

test('a password without a user name is possible in 5 alone', () => {
  assert.throws(() => encodeConnect({version: V311, clientId: 'a', password: 'p'}), RangeError);
  assert.equal(encodeConnect({version: V5, clientId: 'a', password: 'p'})[9], 0x42);
});

test('SUBSCRIBE and PUBLISH have properties in 5 alone', () => {
  assert.deepEqual(encodeSubscribe({version: V311, id: 1, filter: 'a/b', qos: 1}),
      bytes('82 08 00 01 00 03 61 2f 62 01'));
  assert.deepEqual(encodeSubscribe({version: V5, id: 1, filter: 'a/b', qos: 1}),
      bytes('82 09 00 01 00 00 03 61 2f 62 01'));
  assert.deepEqual(encodePublish({version: V311, topic: 'a', payload: 'hi', qos: 1, id: 258}),
      bytes('32 07 00 01 61 01 02 68 69'));
  assert.deepEqual(encodePublish({version: V5, topic: 'a', payload: 'hi'}),
      bytes('30 06 00 01 61 00 68 69'));
});

test('a PUBLISH is never retained', () => {
  assert.equal(encodePublish({version: V5, topic: 'a', payload: ''})[0] & 1, 0);
});

test('the small packets are as small as they can be', () => {
  assert.deepEqual(encodeAck('puback', 7), bytes('40 02 00 07'));
  assert.deepEqual(encodeAck('pubrel', 7), bytes('62 02 00 07'));
  assert.deepEqual(encodePing(), bytes('c0 00'));
  assert.deepEqual(encodeDisconnect(), bytes('e0 00'));
});

test('a text of more than 65535 bytes is not encoded', () => {
  assert.throws(() => encodeSubscribe({version: V5, id: 1, filter: 'a'.repeat(65536)}), RangeError);
});

test('a long packet has a length of several bytes', () => {
  const packet = encodePublish({version: V311, topic: 't', payload: new Uint8Array(200)});
  assert.deepEqual([...packet.slice(0, 3)], [0x30, 0xcb, 0x01]);
  assert.equal(packet.length, 3 + 203);
  const [back] = new Decoder(V311).push(packet);
  assert.equal(back.payload.length, 200);
});

test('CONNACK of both versions', () => {
  assert.deepEqual(single(V311, '20 02 01 00'),
      {name: 'connack', flags: 0, sessionPresent: true, code: 0});
  assert.equal(single(V311, '20 02 00 05').code, 5);
  const packet = single(V5, '20 0b 00 87 08 24 01 13 00 1e 21 00 14');
  assert.equal(packet.code, 0x87);
  assert.deepEqual(packet.properties, {maximumQos: 1, serverKeepAlive: 30, receiveMaximum: 20});
});

test('a broker of 3.1.1 refuses version 5 without properties', () => {
  assert.equal(single(V5, '20 02 00 01').code, 1);
});

test('PUBLISH of both versions', () => {
  const old = single(V311, '3d 07 00 03 61 2f 62 00 05');
  assert.deepEqual([old.topic, old.qos, old.retain, old.dup, old.id, old.payload.length],
      ['a/b', 2, true, true, 5, 0]);
  const packet = single(V5, '30 0f 00 01 61 0a 26 00 01 6b 00 01 76 0b 81 01 78');
  assert.deepEqual(packet.properties,
      {userProperty: [['k', 'v']], subscriptionIdentifier: [129]});
  assert.deepEqual([...packet.payload], [0x78]);
});

test('acknowledgements of both versions, also those that end early', () => {
  for (const [first, name] of [['40', 'puback'], ['50', 'pubrec'], ['62', 'pubrel'],
    ['70', 'pubcomp']]) {
    assert.deepEqual([single(V311, `${first} 02 00 01`).name, single(V5, `${first} 02 00 01`).code],
        [name, 0]);
    assert.equal(single(V5, `${first} 03 00 01 87`).code, 0x87);
    assert.deepEqual(single(V5, `${first} 08 00 01 87 04 1f 00 01 6e`).properties,
        {reasonString: 'n'});
    assert.throws(() => decode(V311, `${first} 03 00 01 87`), Malformed);
  }
});

test('SUBACK and UNSUBACK of both versions', () => {
  assert.deepEqual(single(V311, '90 04 00 01 01 80').codes, [1, 0x80]);
  assert.deepEqual(single(V5, '90 04 00 01 00 87').codes, [0x87]);
  assert.deepEqual(single(V311, 'b0 02 00 01').codes, []);
  assert.deepEqual(single(V5, 'b0 04 00 01 00 11').codes, [0x11]);
  assert.throws(() => decode(V311, '90 02 00 01'), Malformed);
});

test('PINGRESP, DISCONNECT and AUTH', () => {
  assert.equal(single(V311, 'd0 00').name, 'pingresp');
  assert.equal(single(V5, 'e0 00').code, 0);
  assert.equal(single(V5, 'e0 01 8e').code, 0x8e);
  assert.equal(single(V5, 'f0 01 18').code, 0x18);
  assert.throws(() => decode(V311, 'e0 00'), Malformed);
  assert.throws(() => decode(V311, 'f0 00'), Malformed);
});

const SAMPLES = [
  [V311, '20 02 00 00'], [V5, '20 09 00 00 06 22 00 0a 21 00 14'],
  [V311, '32 07 00 01 61 00 05 68 69'], [V5, '32 08 00 01 61 00 05 00 68 69'],
  [V311, '40 02 00 01'], [V5, '40 08 00 01 87 04 1f 00 01 6e'], [V5, '50 03 00 01 10'],
  [V5, '62 02 00 01'], [V311, '70 02 00 01'], [V311, '90 03 00 01 01'], [V5, '90 04 00 01 00 01'],
  [V311, 'b0 02 00 01'], [V5, 'b0 04 00 01 00 00'], [V311, 'd0 00'], [V5, 'e0 02 8b 00'],
  [V5, 'f0 0a 18 08 15 00 05 53 43 52 41 4d'],
];

test('what comes byte by byte is the same as what comes at once', () => {
  for (const [version, text] of SAMPLES) {
    const whole = decode(version, text);
    const decoder = new Decoder(version);
    const pieces = [...bytes(text)].flatMap((byte) => decoder.push(Uint8Array.of(byte)));
    assert.deepEqual(pieces, whole, text);
  }
});

test('several packets in one piece come in their order', () => {
  assert.deepEqual(decode(V311, '20 02 00 00 90 03 00 01 01 d0 00').map((each) => each.name),
      ['connack', 'suback', 'pingresp']);
});

test('a packet cut short at any byte gives nothing and fails nothing', () => {
  for (const [version, text] of SAMPLES) {
    const whole = bytes(text);
    for (let end = 0; end < whole.length; ++end) {
      assert.deepEqual(new Decoder(version).push(whole.subarray(0, end)), [], text);
    }
  }
});

test('a body cut short within a length that says so is malformed, or means less', () => {
  for (const [version, text] of SAMPLES) {
    const whole = bytes(text);
    for (let size = 0; size < whole[1]; ++size) {
      const cut = Uint8Array.of(whole[0], size, ...whole.subarray(2, 2 + size));
      try {
        const [packet] = new Decoder(version).push(cut);
        assert.ok(['puback', 'pubrec', 'publish', 'disconnect', 'connack', 'auth']
            .includes(packet.name), text);
      } catch (error) {
        assert.ok(error instanceof Malformed, `${text}: ${error}`);
      }
    }
  }
});

test('a packet that is longer than it may be is refused before it has come', () => {
  assert.throws(() => decode(V5, '30 ff ff ff 7f'), Malformed);
  assert.throws(() => decode(V5, '30 80 80 04'), Malformed);
  assert.throws(() => new Decoder(V5, 100).push(bytes('30 64')), Malformed);
  assert.deepEqual(new Decoder(V5, 100).push(bytes('30 62')), []);
});

test('what waits for its rest never grows beyond the greatest packet', () => {
  const decoder = new Decoder(V5);
  decoder.push(bytes('30 fc ff 03'));
  assert.throws(() => {
    for (let sent = 0; sent < 3 * MAXIMUM_PACKET; sent += 4096) {
      decoder.push(new Uint8Array(4096).fill(0xff));
      assert.ok(decoder.kept.length <= MAXIMUM_PACKET);
    }
  }, Malformed);
});

test('hostile lengths and flags are malformed', () => {
  for (const [version, text] of [
    [V311, '20 ff ff ff ff 01'],  // five bytes of length
    [V311, '20 82 00 00 00'],  // longer than needed
    [V311, '00 00'], [V311, '10 00'], [V311, '80 00'], [V311, 'c0 00'],  // no packets of a broker
    [V311, '21 02 00 00'], [V311, '60 02 00 01'], [V311, 'd1 00'],  // flags
    [V311, '20 02 02 00'],  // acknowledge flags
    [V311, '36 05 00 01 61 00 01'],  // QoS 3
    [V311, '38 03 00 01 61'],  // DUP at QoS 0
    [V311, '30 04 ff ff 61 62'],  // a topic longer than its packet
    [V311, '30 03 00 01 23'], [V311, '30 02 00 00'],  // wildcard, empty topic
    [V311, '30 03 00 01 00'], [V311, '30 03 00 01 ff'],  // NUL, no UTF-8
    [V311, '32 05 00 01 61 00 00'], [V311, '40 02 00 00'],  // identifier 0
    [V311, '20 03 00 00 00'], [V311, 'd0 01 00'],  // more than there is to say
    [V5, '20 04 00 00 05 24'],  // properties longer than the packet
    [V5, '20 05 00 00 02 24 02'],  // neither 0 nor 1
    [V5, '20 07 00 00 04 24 01 24 01'],  // twice
    [V5, '20 05 00 00 02 01 00'],  // a property of another packet
    [V5, '20 05 00 00 02 7f 00'],  // none at all
    [V5, '20 07 00 00 04 1f 00 09 61'],  // a text longer than the properties
    [V5, '20 07 00 00 80 80 80 80 01'],
  ]) {
    assert.throws(() => decode(version, text), Malformed, text);
  }
});

test('random bytes end in packets, in waiting or in Malformed, and in nothing else', () => {
  let state = 12345;
  const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16;
  for (let round = 0; round < 20000; ++round) {
    const data = Uint8Array.from({length: random() % 24}, () => random() & 255);
    if (data.length > 1 && round % 2) data[1] = data.length - 2;
    try {
      new Decoder(round % 3 ? V5 : V311).push(data);
    } catch (error) {
      assert.ok(error instanceof Malformed, `${[...data]}: ${error.stack}`);
    }
  }
});

test('what a refusal is depends on packet and version', () => {
  assert.equal(isRefusal(5, V311, 'connack'), true);
  assert.equal(isRefusal(0, V311, 'connack'), false);
  assert.equal(isRefusal(0x87, V5, 'connack'), true);
  assert.equal(isRefusal(1, V5, 'suback'), false);
  assert.equal(isRefusal(0x80, V311, 'suback'), true);
});
