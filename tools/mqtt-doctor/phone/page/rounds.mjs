// Which attempts are made, and in which order: the automatic round, the login, the screen test.
import {V311, V5, nameOf} from './mqtt.mjs';
import {
  blockedBy, connectLook, fetchLook, messageLook, pingLook, randomWord, socketLook, urlOf,
} from './looks.mjs';

const OTHER_PATHS = ['/mqtt', '/', '/ws', '/ws/mqtt'];
const isSocket = ({kind}) => kind === 'ws' || kind === 'wss';
const isSecure = ({kind}) => kind === 'mqtts' || kind === 'wss';
// The user was refused: trying the other version would be one more failed login.
const LOGIN_CODES = {[V5]: [0x86, 0x87, 0x8a, 0x8c], [V311]: [4, 5]};
const PING_EVERY = 10;  // seconds

export class Rounds {
  /** `page`: location of the page; `report(step)` gets each step as it is known. */
  constructor(plan, page, report) {
    this.plan = plan;
    this.host = plan.host || page.hostname.replace(/^\[|\]$/g, '');
    this.page = page;
    this.report = report;
    this.ways = [];  // WebSockets that open: {port, kind, path, subprotocol}
    this.version = V311;  // the first that the broker took
    this.ownTopic = `mqtt-doctor/phone/${randomWord(8)}`;
  }

  async automatic() {
    await Promise.all(this.plan.listeners.map((listener) => this.#listener(listener)));
    const rank = ({port}) => this.plan.listeners.findIndex((listener) => listener.port === port);
    this.ways.sort((a, b) => rank(a) - rank(b));  // of which the first is in question
    if (this.ways.length === 0) {
      const reason = this.plan.listeners.some(isSocket) ? 'websocket-fails' : 'no-websocket';
      this.report({step: 'login', outcome: 'skipped', reason});
    } else if (this.plan.login_needed === true) {
      this.report({step: 'login', outcome: 'skipped', reason: 'waits'});
    } else {
      for (const way of this.ways.slice(0, 2)) await this.#mqtt(way, 'connect', {});
    }
  }

  /** With what was typed; it goes to the broker and nowhere else. */
  async login({username, password, topic}) {
    const [way] = this.ways;
    if (way) await this.#mqtt(way, 'login', {username, password, topic});
  }

  async #listener(listener) {
    const {port, kind} = listener;
    const secure = isSecure(listener);
    const step = secure ? 'tls' : 'fetch';
    // The doctor, who sees the packets, recognises this phone by the mark.
    const url = urlOf(secure ? 'https' : 'http', this.host, port, `/${this.plan.mark ?? ''}`);
    const reason = blockedBy(url, this.page);
    if (reason) {
      this.report({step, port, kind, outcome: 'blocked', reason});
      return;
    }
    const stop = new AbortController();
    const fetched = fetchLook(url, {stop});
    const way = {port, kind, path: listener.path || '/mqtt', subprotocol: 'mqtt'};
    const opened = isSocket(listener) ? await this.#try(way) : undefined;
    if (opened?.outcome === 'ok') {  // which says all that the other could
      stop.abort();
      if (secure) this.report({step, port, kind, ...opened});
      this.report({step: 'ws', ...way, ...opened});
      return;
    }
    const found = await fetched;
    // Plain HTTP ended at once: a refusal, or a broker, which does not speak HTTP.
    if (!secure && found.outcome === 'failed') found.outcome = 'closed';
    this.report({step, port, kind, ...found});
    if (!opened) return;
    this.report({step: 'ws', ...way, ...opened});
    if (opened.outcome === 'failed' && found.outcome !== 'timeout') await this.#variants(way);
  }

  async #try(way) {
    const {socket, ...found} = await this.#open(way);
    socket?.close();
    if (found.outcome === 'ok' && way.subprotocol === 'mqtt') this.ways.push(way);
    return found;
  }

  // The app, or the server, would need a setting: one record covers all listeners that fail.
  async #variants(way) {
    const variants = [{subprotocol: ''}, {subprotocol: 'mqttv3.1'},
      ...OTHER_PATHS.filter((path) => path !== way.path).map((path) => ({path}))];
    for (const change of variants) {
      const other = {...way, ...change};
      const found = await this.#try(other);
      if (found.outcome === 'ok') {
        this.report({step: 'ws', ...other, variant: true, ...found});
        return;
      }
      if (found.outcome === 'timeout') break;
    }
    this.report({step: 'ws', port: way.port, kind: way.kind, variant: true, outcome: 'failed'});
  }

  #open({port, kind, path, subprotocol}) {
    return socketLook(urlOf(kind, this.host, port, path), subprotocol === '' ? [] : [subprotocol]);
  }

  async #mqtt(way, step, {username, password, topic}) {
    const where = {port: way.port, kind: way.kind, path: way.path};
    const user = Boolean(username);
    const chosen = topic || this.plan.topic || this.ownTopic;
    const own = chosen === this.ownTopic ? {own_topic: true} : {};
    let hasTried = false;
    for (const version of [V5, V311]) {
      if (version === V311 && password && !username) break;  // 3.1.1 knows no such login
      const {socket, ...opened} = await this.#open(way);
      if (!socket) {
        this.report({step, ...where, user, version: nameOf(version), ...opened});
        return;
      }
      const {link, ...found} = await connectLook(socket, version, {username, password});
      this.report({step, ...where, user, ...found});
      if (link && !hasTried) {
        hasTried = true;
        this.version = version;
        await messageLook(link, chosen, (more) => this.report({...where, user, ...own, ...more}));
      }
      link?.close();
      if (found.outcome === 'refused' && LOGIN_CODES[version].includes(found.code)) return;
    }
  }

  /** Holds a connection while the screen is off. `isHidden` says so; ends by `stop()`. */
  async screenTest({username, password, isHidden, tick}) {
    const [way] = this.ways;
    const begin = performance.now();
    const found = {drops: 0, hidden_ms: 0, gaps: 0};
    let isStopped = false;
    let hiddenSince;
    const note = () => {
      if (isHidden() && hiddenSince === undefined) hiddenSince = performance.now();
      if (!isHidden() && hiddenSince !== undefined) {
        found.hidden_ms += Math.round(performance.now() - hiddenSince);
        hiddenSince = undefined;
      }
    };
    const done = (async () => {
      let link;
      let lastPing = 0;
      while (!isStopped) {
        note();
        if (!link || link.ended) {
          if (link) ++found.drops;
          link = undefined;
          const {socket} = await this.#open(way);
          if (socket) {
            ({link} = await connectLook(
                socket, this.version, {username, password, keepAlive: 2 * PING_EVERY}));
          }
          if (!link) {
            this.report(
                {step: 'keepalive', port: way.port, kind: way.kind, outcome: 'failed', ...found});
            return;
          }
          lastPing = performance.now();
        } else if (performance.now() - lastPing > 1000 * PING_EVERY) {
          // A phone that sleeps longer than its keep alive wakes up to a closed connection.
          if (performance.now() - lastPing > 3000 * PING_EVERY) ++found.gaps;
          lastPing = performance.now();
          if (!await pingLook(link)) {
            ++found.drops;
            link.close();
            link = undefined;
          }
        }
        tick({...found, seconds: Math.round((performance.now() - begin) / 1000)});
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      note();
      link?.close();
      this.report({
        step: 'keepalive', port: way.port, kind: way.kind,
        outcome: found.drops > 0 ? 'dropped' : 'ok',
        seconds: Math.round((performance.now() - begin) / 1000), ...found,
      });
    })();
    return {done, note, stop: () => { isStopped = true; return done; }};
  }
}
