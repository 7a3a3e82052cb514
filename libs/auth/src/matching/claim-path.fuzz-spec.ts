import fc from 'fast-check';
import { anyText, damaged, describeFuzzTarget } from '#support/fuzz';
import { parseClaimPath, readClaim } from './claim-path.js';

const CLAIMS = JSON.parse(`{
  "a": { "b": { "c": "found" }, "x.y": "dotted", "list": ["first"] },
  "https://example.com/roles": ["reader"],
  "kubernetes.io": { "namespace": "default" },
  "__proto__": { "polluted": "yes" },
  "text": "text"
}`) as Record<string, unknown>;

const PATHS = [
  'a.b.c',
  'a.x\\.y',
  'a.list.0',
  'https://example\\.com/roles',
  'kubernetes\\.io.namespace',
  'metadata.a.b',
  '__proto__.polluted',
  'constructor.prototype',
  'text.length',
];

describeFuzzTarget({
  name: 'claim-path',
  inputs: fc.oneof(
    anyText(),
    fc
      .constantFrom(...PATHS)
      .chain((path) => damaged(path, ['.', '\\.', '\\', 'metadata.', '__proto__'])),
  ),
  holds: (path) => {
    const names = parseClaimPath(path);
    expect(names.length).toBeGreaterThan(0);
    const value = readClaim(CLAIMS, path);
    expect(value).toEqual(
      /^[a-z][a-z0-9+.-]*:\/\//i.test(path)
        ? referenceOfNamespaced(names)
        : referenceValue(CLAIMS, names),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
});

/** The longest beginning that is the name of a claim counts as that name. */
function referenceOfNamespaced(names: readonly string[]): unknown {
  const claim = Object.keys(CLAIMS)
    .filter((key) => names.some((_name, index) => names.slice(0, index + 1).join('.') === key))
    .sort((one, other) => other.length - one.length)[0];
  if (claim === undefined) return undefined;
  const length = names.findIndex((_name, index) => names.slice(0, index + 1).join('.') === claim);
  return referenceValue(CLAIMS[claim], names.slice(length + 1));
}

/** Walks own members of objects, written as differently as possible. */
function referenceValue(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const member = Object.entries(value).find(([key]) => key === name);
  return member === undefined ? undefined : referenceValue(member[1], rest);
}
