// As much of a browser as the page of mqtt-doctor phone needs, so that it runs, as it is served,
// where no browser is installed: a document of elements without layout, fetch, and a WebSocket over TCP.
import {createHash, randomBytes, webcrypto} from 'node:crypto';
import net from 'node:net';
import vm from 'node:vm';

class Element {
  constructor(name, {id = '', say, lang} = {}) {
    Object.assign(this, {name, id, lang, children: [], dataset: {}, className: '', value: '',
      hidden: false, disabled: false});
    if (say) this.dataset.say = say;
    this.text = '';
  }

  get textContent() {
    return this.text + this.children.map((child) => child.textContent ?? child).join('');
  }

  set textContent(text) {
    this.children = [];
    this.text = String(text);
  }

  append(...more) { this.children.push(...more); }
  replaceChildren(...more) { this.text = ''; this.children = more; }
  scrollIntoView() {}
  remove() {}
  select() {}
}

// What a page asks of WebSocket [RFC 6455]: opens with a subprotocol, sends and takes binary messages.
class Socket {
  constructor(url, protocols = []) {
    const {hostname, port, pathname} = new URL(url);
    this.rest = Buffer.alloc(0);
    this.isOpen = false;
    this.isOver = false;
    const key = randomBytes(16).toString('base64');
    this.wanted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
    this.protocols = [protocols].flat();
    this.link = net.connect(Number(port), hostname.replace(/^\[|\]$/g, ''), () => this.link.write([
      `GET ${pathname} HTTP/1.1`, `Host: ${hostname}:${port}`, 'Upgrade: websocket',
      'Connection: Upgrade', `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Version: 13',
      ...(this.protocols.length ? [`Sec-WebSocket-Protocol: ${this.protocols.join(', ')}`] : []),
      '', ''].join('\r\n')));
    this.link.on('data', (bytes) => {
      this.rest = Buffer.concat([this.rest, bytes]);
      if (this.isOpen || this.#upgrade()) this.#frames();
    });
    this.link.on('error', () => this.#end());
    this.link.on('close', () => this.#end());
  }

  send(bytes) { this.#write(2, Buffer.from(bytes)); }

  close() {
    if (this.isOpen) this.#write(8, Buffer.from([3, 232]));
    this.link.end();
  }

  #upgrade() {
    const end = this.rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.rest.subarray(0, end).toString('latin1');
    this.rest = this.rest.subarray(end + 4);
    const of = (name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1].trim();
    const chosen = of('Sec-WebSocket-Protocol') ?? '';
    const isGood = head.startsWith('HTTP/1.1 101') && of('Sec-WebSocket-Accept') === this.wanted &&
        (this.protocols.length === 0 ? chosen === '' : this.protocols.includes(chosen));
    if (!isGood) {
      this.link.destroy();
      return false;
    }
    this.isOpen = true;
    this.onopen?.();
    return true;
  }

  #frames() {
    for (;;) {
      if (this.rest.length < 2) return;
      const kind = this.rest[0] & 15;
      const short = this.rest[1] & 127;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (this.rest.length < head) return;
      const size = short === 126 ? this.rest.readUInt16BE(2)
        : short === 127 ? Number(this.rest.readBigUInt64BE(2)) : short;
      if (this.rest.length < head + size) return;
      const body = this.rest.subarray(head, head + size);
      this.rest = this.rest.subarray(head + size);
      if (kind === 8) this.link.end();
      else if (kind === 2) this.onmessage?.({data: Uint8Array.from(body).buffer});
      else if (kind === 1) this.onmessage?.({data: body.toString()});
    }
  }

  #write(kind, body) {
    const mask = randomBytes(4);
    const size = body.length < 126 ? [128 | body.length] : [254, body.length >> 8, body.length & 255];
    const masked = body.map((byte, index) => byte ^ mask[index % 4]);
    this.link.write(Buffer.concat([Buffer.from([128 | kind, ...size]), mask, masked]));
  }

  #end() {
    if (this.isOver) return;
    this.isOver = true;
    this.onclose?.();
  }
}

const AGENT = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) ' +
  'Chrome/130.0.0.0 Mobile Safari/537.36';

/** Opens a page and runs its script. `answers` are the headers it came with. */
export async function open(url, language) {
  const headers = {'User-Agent': AGENT};
  const answer = await fetch(url, {headers});
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const html = await answer.text();
  const all = [...html.matchAll(/<(\w+)((?:\s+[\w-]+(?:="[^"]*")?)*)>/g)].map(([, name, rest]) => {
    const of = (attribute) => new RegExp(`\\s${attribute}="([^"]*)"`).exec(rest)?.[1];
    return new Element(name, {id: of('id'), say: of('data-say'), lang: of('lang')});
  });
  const plan = all.find(({id}) => id === 'plan');
  plan.textContent = /id="plan">(.*?)<\/script>/s.exec(html)[1];
  const script = /<script>(.*?)<\/script>/s.exec(html)[1];
  const timers = [];
  const document = {
    documentElement: new Element('html'), body: new Element('body'), visibilityState: 'visible',
    getElementById: (id) => all.find((element) => element.id === id),
    createElement: (name) => new Element(name),
    querySelectorAll: () => all.filter(({dataset}) => dataset.say),
    addEventListener() {},
  };
  const page = new URL(url);
  const world = {
    document, location: page, WebSocket: Socket, URL, TextDecoder, TextEncoder, AbortController,
    Uint8Array, performance, crypto: webcrypto, setTimeout, clearTimeout,
    navigator: {userAgent: AGENT, maxTouchPoints: 5, language, languages: [language]},
    setInterval: (act, time) => timers.push(setInterval(act, time)),
    fetch: (target, how) =>
      fetch(new URL(target, page), {...how, headers: {...headers, ...how?.headers}}),
  };
  vm.runInNewContext(script, world);
  const at = document.getElementById;
  return {
    answers: answer.headers,
    plan: JSON.parse(plan.textContent),
    text: (id) => at(id).textContent,
    /** className of the verdict: wait, good, wrong. */
    verdict: () => at('verdict').className,
    type: (id, text) => { at(id).value = text; },
    press: (id) => at(id).onclick(),
    isHidden: (id) => at(id).hidden,
    marks: () => at('steps').children.map(({className}) => className),
    close: () => timers.forEach(clearInterval),
  };
}
