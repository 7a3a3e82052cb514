import { FallbackChain, type CallFallbacks } from './fallback-chain.js';
import { standaloneGroup } from './model-registry.js';

const group = (name: string) => standaloneGroup({ name, deployments: [] });
const fallbacks = (over: Partial<CallFallbacks> = {}): CallFallbacks => ({
  general: [
    { model: 'a', fallbacks: ['b', 'c'] },
    { model: 'b', fallbacks: ['d', 'a'] },
    { model: 'wild/*', fallbacks: ['e'] },
    { model: '*', fallbacks: ['z'] },
  ],
  contextWindow: [{ model: 'a', fallbacks: ['long'] }],
  contentPolicy: [],
  most: 5,
  requested: null,
  ...over,
});

/** Every group that is tried when all of them fail. */
function walk(first: string, over: Partial<CallFallbacks> = {}): string[] {
  const chain = new FallbackChain(fallbacks(over), group(first));
  const tried: string[] = [];
  chain.failed(group(first), 'general');
  for (let next = chain.next(0); next !== null; next = chain.next(tried.length)) {
    if (!chain.enter(group(next))) continue;
    tried.push(next);
    chain.failed(group(next), 'general');
  }
  return tried;
}

describe('the chain of fallbacks', () => {
  it('tries the fallbacks of what failed last before what is left, and each group once', () => {
    expect(walk('a')).toEqual(['b', 'd', 'z', 'c']);
  });

  it('uses the entry of every model for a group without its own', () => {
    expect(walk('other')).toEqual(['z']);
    expect(walk('other', { general: [] })).toEqual([]);
  });

  it.each([
    [0, []],
    [2, ['b', 'd']],
  ])('ends after %i groups', (most, tried) => {
    expect(walk('a', { most })).toEqual(tried);
  });

  it('ends where groups are the fallbacks of each other', () => {
    const ring = [
      { model: 'a', fallbacks: ['b'] },
      { model: 'b', fallbacks: ['a'] },
    ];
    expect(walk('a', { general: ring, most: 20 })).toEqual(['b']);
  });

  it('has those of the request in place of those of its own group alone', () => {
    expect(walk('a', { requested: ['b'] })).toEqual(['b', 'd', 'z']);
    expect(walk('a', { requested: [] })).toEqual([]);
  });

  it('keeps the kinds of failures apart', () => {
    const chain = new FallbackChain(fallbacks(), group('a'));
    chain.failed(group('a'), 'contentPolicy');
    expect(chain.next(0)).toBeNull();
    chain.failed(group('a'), 'contextWindow');
    expect(chain.next(0)).toBe('long');
  });

  it('finds the entry of a wildcard group, and of the alias that was asked for', () => {
    const wild = { ...group('wild/1'), configuredAs: 'wild/*' };
    const chain = new FallbackChain(fallbacks(), wild);
    chain.failed(wild, 'general');
    expect(chain.next(0)).toBe('e');
    const nick = { ...group('other'), grantedAs: 'a' };
    const second = new FallbackChain(fallbacks(), nick);
    second.failed(nick, 'general');
    expect(second.next(0)).toBe('b');
  });
});
