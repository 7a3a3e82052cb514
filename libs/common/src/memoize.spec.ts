import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { memoizeByObject, memoizeByString } from './memoize.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a value of an object', () => {
  it('is made once per object', () => {
    const make = jest.fn((list: readonly string[]) => new Set(list));
    const setOf = memoizeByObject(make);
    const [one, other] = [['a'], ['a']];
    expect(setOf(one)).toBe(setOf(one));
    expect(setOf(other)).not.toBe(setOf(one));
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('goes with its object', async () => {
    const valueOf = memoizeByObject((key: { readonly name: string }) => ({ name: key.name }));
    const value = new WeakRef(valueOf({ name: 'gone' }));
    await new Promise(setImmediate);
    collectGarbage();
    expect(value.deref()).toBeUndefined();
  });
});

describe('a value of a string', () => {
  it('is made once', () => {
    const make = jest.fn((text: string) => [text]);
    const listOf = memoizeByString(make);
    expect(listOf('a')).toBe(listOf('a'));
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('is made anew after 1,000 further strings, so that old ones take no memory for good', () => {
    const make = jest.fn((text: string) => [text]);
    const listOf = memoizeByString(make);
    for (let index = 0; index <= 1_000; index += 1) listOf(String(index));
    listOf('1000');
    expect(make).toHaveBeenCalledTimes(1_001);
    listOf('0');
    expect(make).toHaveBeenCalledTimes(1_002);
  });
});
