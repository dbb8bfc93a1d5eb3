import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';

const page = readFileSync(process.env.PAGE, 'utf8');
const script = /<script>(.*?)<\/script>/s.exec(page)[1];

test('the joined script is one that a browser can read', () => {
  new vm.Script(script);  // throws where it is not
  assert.doesNotMatch(script, /^\s*(import|export)\b/m);
});

test('the page makes no text into elements or code', () => {
  assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(/);
  assert.doesNotMatch(page, /\son[a-z]+=|\sstyle=|javascript:/);  // no policy with hashes allows them
});
