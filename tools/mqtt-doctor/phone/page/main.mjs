// The page itself: shows the results and reports them to the doctor.
import {familyOf, isAndroid, isApple, isInsideAnApp, isPrivate, reduceAgent} from './agent.mjs';
import {Rounds} from './rounds.mjs';
import {languageOf, markOf, say, tell} from './words.mjs';

const MARKS = {ok: '✓', bad: '✗', open: '?', skip: '–'};
const SEEN_AFTER = [400, 1000];  // until the server has read what the wire brought
const GONE_AFTER = 5;  // answers of the doctor missing in a row
const STEPS_KEPT = 200;  // what the doctor takes

const at = (id) => document.getElementById(id);
const plan = JSON.parse(at('plan').textContent);
const agent = reduceAgent(navigator.userAgent, navigator.maxTouchPoints);
const base = location.pathname.replace(/\/$/, '');  // the token
const steps = [];
let language = languageOf(navigator.languages?.[0] ?? navigator.language);
let verdict;
let missed = 0;
let typed = {};
let test;  // the screen test that runs
let isRunning = true;
let network = networkOf(navigator.connection?.type);

function networkOf(type) {
  const isKnown = ['cellular', 'wifi', 'ethernet'].includes(type);
  return isKnown ? {type, by: 'browser'} : {type: 'unknown', by: 'browser'};
}

// ---- drawing -------------------------------------------------------------------------------------

function made(name, text, className) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function button(text, act) {
  const element = made('button', text);
  element.type = 'button';
  element.onclick = () => act(element);
  return element;
}

async function copy(text, pressed) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // a page that did not come by https has no clipboard but this
    const area = made('textarea', text, 'aside');
    area.readOnly = true;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  pressed.textContent = say(language, 'copied');
  setTimeout(() => { pressed.textContent = say(language, pressed.dataset.say); }, 1500);
}

function copyButton(key, text) {
  const element = button(say(language, key), () => copy(text, element));
  element.dataset.say = key;
  return element;
}

function drawSettings() {
  const {settings, good} = verdict;
  at('title').textContent = say(language, good ? 'settings' : 'settings_now');
  const scheme = (settings.path ? 'ws' : 'mqtt') + (settings.tls ? 's' : '');
  const protocol = `${say(language, `kind_${scheme}`)} (${scheme}://)`;
  const rows = [['host', settings.host], ['port', settings.port], ['protocol', protocol],
    ['tls', say(language, settings.tls ? 'yes' : 'no')], ['path', settings.path],
    ['user', say(language, settings.user_needed ? 'user_yes' : 'user_no')]]
      .filter(([, value]) => value !== undefined && value !== null && value !== '');
  const all = rows.map(([key, value]) => `${say(language, key)}: ${value}`).join('\n');
  at('values').replaceChildren(...rows.flatMap(([key, value]) => {
    const shown = made('dd');
    shown.append(made('code', String(value)));
    if (['host', 'port', 'path'].includes(key)) shown.append(copyButton('copy', String(value)));
    return [made('dt', say(language, key)), shown];
  }));
  at('all').replaceChildren(copyButton('copy_all', all));
}

function drawVerdict() {
  const {ready, good, headline, text = [], settings} = verdict ?? {};
  const isGone = missed >= GONE_AFTER;
  at('verdict').className = !ready ? 'wait' : good ? 'good' : 'wrong';
  at('headline').textContent =
      ready ? headline : say(language, isGone ? 'gone' : isRunning ? 'running' : 'waiting');
  at('text').replaceChildren(...(ready ? text : []).map(
      (line) => (line.command ? made('pre', line.command) : made('p', line))));
  at('gone').hidden = !ready || !isGone;
  at('settings').hidden = !ready || !settings;
  if (ready && settings) drawSettings();
}

function notes() {
  const has = (wanted) => steps.some(wanted);
  const isWebSocket = ({kind}) => kind === 'ws' || kind === 'wss';
  const isBad = (record) => markOf(record) === 'bad';
  const isInward = isPrivate(plan.host) && !isPrivate(location.hostname);
  return [
    ['note_no_websocket', !plan.listeners.some(isWebSocket)],
    ['note_local_network', isInward && location.protocol === 'https:'],
    ['note_ios_tls', isApple(agent) && has(({step, outcome}) => step === 'tls' && outcome === 'failed')],
    ['note_android_own_ca',
      isAndroid(agent) && plan.ca && has(({step, outcome}) => step === 'tls' && outcome === 'ok')],
    ['note_ios_sleep', isApple(agent) && has(({step}) => step === 'keepalive')],
    ['note_relay', !isPrivate(plan.host) && has((record) => isBad(record) && record.step === 'fetch')],
    ['note_in_app', isInsideAnApp(agent)],
  ].filter(([, is]) => is).map(([key]) => made('p', say(language, key, agent), 'note'));
}

function drawSteps() {
  at('steps').replaceChildren(...steps.filter(({step}) => step !== 'done').map((record) => {
    const mark = markOf(record);
    const line = made('li', undefined, mark);
    const sign = made('span', MARKS[mark], 'mark');
    sign.role = 'img';
    sign.ariaLabel = say(language, `result_${mark}`);
    line.append(sign, made('span', tell(language, record)));
    return line;
  }));
  if (isRunning) at('steps').append(made('li', say(language, 'running'), 'run'));
  at('notes').replaceChildren(...notes());
  const hasWay = rounds.ways.length > 0 && !isRunning;
  at('login').hidden = !hasWay;
  at('plain').hidden = rounds.ways[0]?.kind !== 'ws';
  at('screen').hidden = !hasWay;
}

function draw() {
  document.documentElement.lang = language;
  document.title = `mqtt-doctor: ${say(language, 'title')}`;
  for (const element of document.querySelectorAll('[data-say]')) {
    element.textContent = say(language, element.dataset.say, {host: plan.host});
  }
  for (const name of ['en', 'zh']) at(name).ariaPressed = String(name === language);
  at('network').hidden = network.by === 'browser' && network.type !== 'unknown';
  for (const name of ['cellular', 'wifi']) at(name).ariaPressed = String(network.type === name);
  at('go').textContent = say(language, test ? 'screen_stop' : 'screen_start');
  drawVerdict();
  drawSteps();
}

// ---- telling the doctor --------------------------------------------------------------------------

const post = (what, body) => fetch(`${base}/${what}`, {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
}).catch(() => {});  // the command may have ended; the verdict's absence says so

async function ask(what) {
  const answer = await fetch(`${base}/${what}`, {cache: 'no-store'});
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

const postFindings = () => post('findings', {
  schema: 1, agent, language, network, host: location.hostname, secure: location.protocol === 'https:',
  address_family: familyOf(location.hostname), steps: steps.slice(-STEPS_KEPT),
});

// A word for what the server saw of this phone at a port.
async function askSeen(record) {
  for (const wait of SEEN_AFTER) {
    if (record.seen && record.seen !== 'lost') break;
    await new Promise((resolve) => setTimeout(resolve, wait));
    try {
      const {arrived, answered, refused, alert, tls} = await ask(`seen?port=${record.port}`);
      if (record.step === 'tls' && (tls || alert)) record.seen = alert ? 'distrusted' : tls;
      else if (refused) record.seen = 'refused';
      else if (answered) record.seen = 'open';
      else if (arrived && answered === false) record.seen = 'silent';
      else if (arrived === false) record.seen = 'lost';
    } catch {
      break;
    }
  }
  draw();
}

const looks = [];
function report(record) {
  steps.push(record);
  post('step', record);
  const isOpaque = (record.step === 'fetch' || record.step === 'tls') &&
      !['ok', 'blocked'].includes(record.outcome);
  if (isOpaque) looks.push(askSeen(record));
  draw();
}

async function round(act) {
  isRunning = true;
  draw();
  try {
    await act();
  } finally {
    isRunning = false;
    await Promise.all(looks.splice(0));
    await postFindings();
    await post('step', {step: 'done', outcome: 'ok'});
    draw();
  }
}

async function poll() {
  try {
    const found = await ask(`verdict?lang=${language}`);
    const isNew = missed > 0 || JSON.stringify(found) !== JSON.stringify(verdict);
    missed = 0;
    if (!isNew) return;
    verdict = found;
  } catch {
    if (++missed !== GONE_AFTER) return;
  }
  drawVerdict();
}

// ---- what a person does --------------------------------------------------------------------------

async function logIn() {
  at('try').disabled = true;
  typed = {username: at('username').value, password: at('password').value};
  await round(() => rounds.login({...typed, topic: at('topic').value.trim()}));
  at('try').disabled = false;
  at('verdict').scrollIntoView({behavior: 'smooth'});
}

async function screen() {
  if (test) {
    const {done, stop} = test;
    test = undefined;
    stop();
    await round(() => done);
    return;
  }
  test = await rounds.screenTest({
    ...typed,
    isHidden: () => document.visibilityState === 'hidden',
    tick: ({seconds, hidden_ms: hidden, drops}) => {
      at('now').textContent =
          say(language, 'screen_now', {seconds, hidden: Math.round(hidden / 1000), drops});
    },
  });
  test.done.then(() => {
    if (test) screen();  // it could not go on by itself
  });
  draw();
}

function choose(type) {
  network = {type, by: 'person'};
  draw();
  postFindings();
}

const rounds = new Rounds(plan, location, report);
at('en').onclick = () => { language = 'en'; draw(); poll(); };
at('zh').onclick = () => { language = 'zh'; draw(); poll(); };
at('cellular').onclick = () => choose('cellular');
at('wifi').onclick = () => choose('wifi');
at('try').onclick = logIn;
at('go').onclick = screen;
at('topic').placeholder = plan.topic ?? '';
document.addEventListener('visibilitychange', () => test?.note());
setInterval(poll, 1000);
report({step: 'page', outcome: 'ok', ms: Math.round(performance.now())});
round(() => rounds.automatic());
