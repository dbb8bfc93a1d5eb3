// What the page reports of this phone: system and browser, and no more of the user agent.

const SYSTEMS = [
  [/OpenHarmony ([\d.]+)|HarmonyOS[ /]?([\d.]*)/, 'HarmonyOS'],
  [/Android ([\d.]+)/, 'Android'],
  [/(?:iPhone|iPod).* OS (\d+_\d+)/, 'iOS'],
  [/iPad.* OS (\d+_\d+)/, 'iPadOS'],
  [/Windows NT/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

// Browsers that imitate others come before those.
const BROWSERS = [
  [/MicroMessenger\/(\d+)/, 'WeChat'],
  [/AlipayClient\/(\d+)/, 'Alipay'],
  [/DingTalk\/(\d+)/, 'DingTalk'],
  [/\bQQ\/(\d+)/, 'QQ'],
  [/MQQBrowser\/(\d+)/, 'QQ Browser'],
  [/UCBrowser\/(\d+)/, 'UC Browser'],
  [/HuaweiBrowser\/(\d+)/, 'Huawei Browser'],
  [/MiuiBrowser\/(\d+)/, 'Mi Browser'],
  [/SamsungBrowser\/(\d+)/, 'Samsung Internet'],
  [/Edg(?:A|iOS)?\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)|OPT\/(\d+)/, 'Opera'],
  [/(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/Version\/(\d+(?:\.\d+)?).*Safari/, 'Safari'],
];

function firstOf(table, text) {
  for (const [pattern, name] of table) {
    const found = pattern.exec(text);
    if (found) return [name, found.slice(1).find(Boolean) ?? ''];
  }
  return ['unknown', ''];
}

export function reduceAgent(userAgent, touchPoints = 0) {
  let [system, version] = firstOf(SYSTEMS, userAgent);
  const [browser, browserVersion] = firstOf(BROWSERS, userAgent);
  version = version.replace('_', '.');
  if (system === 'Android' && /Android 10; K\)/.test(userAgent)) version = '';  // said by all
  if (system === 'macOS' && touchPoints > 1) system = 'iPadOS';  // which calls itself a Mac
  if (/^i/.test(system) && browser === 'Safari' && parseInt(browserVersion, 10) >= 26) {
    version = browserVersion;  // the number of the system stands still since 26
  }
  return {system: `${system} ${version}`.trim(), browser: `${browser} ${browserVersion}`.trim()};
}

export const isApple = (agent) => /^(iOS|iPadOS)/.test(agent.system);
export const isAndroid = (agent) => /^Android/.test(agent.system);
export const isInsideAnApp = (agent) => /^(WeChat|Alipay|DingTalk|QQ )/.test(`${agent.browser} `);

/** 'ipv4', 'ipv6' or 'name', of a host as it stands in a URL or without brackets. */
export function familyOf(host) {
  if (/^\[?[\da-f.]*:[\da-f:.%]*\]?$/i.test(host)) return 'ipv6';
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) ? 'ipv4' : 'name';
}

/** Whether an address, or a name that only a home network knows, is out of the internet's reach. */
export function isPrivate(host) {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  switch (familyOf(bare)) {
    case 'ipv6': return /^(f[cd]|fe[89ab]|::1$)/.test(bare);
    case 'ipv4': return /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(bare);
    default: return bare === 'localhost' || bare.endsWith('.local');
  }
}
