import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { GatehouseError } from './errors/gatehouse-error.js';
import { scanJsonObject } from './json-scan.js';

const scan = (text: string) => scanJsonObject(Buffer.from(text));
const refusal = (bytes: Buffer | string): string => {
  try {
    scanJsonObject(Buffer.from(bytes));
    return 'accepted';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : `threw ${String(error)}`;
  }
};

describe('scanJsonObject', () => {
  it('finds every top-level member with its value, and nothing below', () => {
    const body = scan(
      ' { "model" : "gpt-4o", "n":1, "messages":[{"model":"x"}], "o":{"stream":true} } ',
    );
    expect([...body.members.keys()]).toEqual(['model', 'n', 'messages', 'o']);
    expect(body.value('model')).toBe('gpt-4o');
    expect(body.value('o')).toEqual({ stream: true });
    expect(body.value('stream')).toBeUndefined();
    expect(body.has('n')).toBe(true);
  });

  it('agrees with JSON.parse on every object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), fc.jsonValue()), (object) => {
        const body = scan(JSON.stringify(object, null, 1));
        const seen = Object.fromEntries(
          [...body.members.keys()].map((name) => [name, body.value(name)]),
        );
        expect(JSON.stringify(seen)).toBe(JSON.stringify(object));
      }),
    );
  });

  it('reads a body above the parse limit the same way', () => {
    const filler = JSON.stringify({ text: 'a "quoted" \\ }]{['.repeat(2_000) });
    const body = scan(`{"messages":[${filler}],"model":"m","stream":false}`);
    expect(body.value('model')).toBe('m');
    expect(body.value('stream')).toBe(false);
  });

  it.each([
    ['an empty body', ''],
    ['a list', '[1]'],
    ['a bare string', '"x"'],
    ['something behind the object', '{} {}'],
    ['a trailing comma', '{"a":1,}'],
    ['a missing colon', '{"a" 1}'],
    ['an unclosed string', '{"a":"b}'],
    ['crossed brackets', `{"a":[{]}${' '.repeat(20_000)}}`],
    ['a scalar that is none', `{"a":nope${' '.repeat(20_000)}}`],
    ['a byte-order mark', '\ufeff{}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a duplicate name', '{"model":"a","model":"b"}'],
    ['a name written with an escape', String.raw`{"\u006dodel":"a"}`],
    [
      'more members than any API has',
      JSON.stringify(
        Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`m${String(i)}`, i])),
      ),
    ],
    ['100,000 open brackets', '['.repeat(100_000)],
    ['nesting that is too deep', `{"a":${'['.repeat(50_000)}`],
  ])('refuses %s', (_name, body) => {
    expect(refusal(body)).toBe('request_invalid');
  });
});

describe('withMembers', () => {
  it('returns the very same bytes when nothing changes', () => {
    const body = scan('{"a":1}');
    expect(body.withMembers({ gone: null }).joined()).toBe(body.bytes);
  });

  it('replaces, removes and adds, and keeps the bytes of the rest', () => {
    const body = scan('{ "model":"a" ,  "n": 1.0e0, "user":"u" }\n');
    expect(body.withMembers({ model: '"b"', user: null, stream: 'true' }).joined().toString()).toBe(
      '{ "model":"b" ,  "n": 1.0e0,"stream":true }\n',
    );
  });

  it('can remove the only member', () => {
    expect(scan('{"a":1}').withMembers({ a: null }).joined().toString()).toBe('{}');
  });

  it('can remove the first member, and add to an empty object', () => {
    expect(scan('{ "a":1 , "b":2 }').withMembers({ a: null }).joined().toString()).toBe(
      '{ "b":2 }',
    );
    expect(scan(' { } ').withMembers({ a: '1' }).joined().toString()).toBe(' { "a":1} ');
  });

  it('means the same object with the changes for every object and every change', () => {
    const object = fc.dictionary(fc.stringMatching(/^[a-d]$/), fc.jsonValue());
    const changes = fc.dictionary(
      fc.stringMatching(/^[a-f]$/),
      fc.option(fc.constantFrom('1', '"x"', '[{}]')),
    );
    fc.assert(
      fc.property(object, changes, fc.constantFrom(0, 1, 2), (before, change, indent) => {
        const body = scan(JSON.stringify(before, null, indent));
        const changed = body.withMembers(change);
        const bytes = changed.joined();
        expect(changed.length).toBe(bytes.length);
        const after = bytes.toString();
        const expected: Record<string, unknown> = { ...before };
        for (const [name, text] of Object.entries(change)) {
          if (text === null) Reflect.deleteProperty(expected, name);
          else expected[name] = JSON.parse(text);
        }
        expect(JSON.stringify(sorted(JSON.parse(after)))).toBe(JSON.stringify(sorted(expected)));
      }),
    );
  });
});

const VECTORS = join(
  process.env['GATEHOUSE_VECTORS'] ?? join(import.meta.dirname, '../../../../shared/vectors'),
  'jsontestsuite/jsontestsuite.json',
);
const describeVectors = existsSync(VECTORS) ? describe : describe.skip;

describeVectors('the published JSON parsing suite', () => {
  const files = (): [string, Buffer][] => {
    const suite = JSON.parse(readFileSync(VECTORS, 'utf8')) as { parsing: Record<string, string> };
    return Object.entries(suite.parsing).map(([name, text]) => [name, Buffer.from(text, 'base64')]);
  };

  it('is refused wherever it is invalid, and nothing makes the scanner fail otherwise', () => {
    const outcomes = files().map(([name, bytes]) => [name, refusal(bytes)] as const);
    expect(outcomes.length).toBeGreaterThan(300);
    const wrong = outcomes.filter(
      ([name, outcome]) =>
        !['accepted', 'request_invalid'].includes(outcome) ||
        (name.startsWith('n_') && outcome === 'accepted'),
    );
    expect(wrong).toEqual([]);
  });

  it('is evaluated as the platform evaluates it when it stands as a member', () => {
    const disagreements = files().filter(([, bytes]) => {
      const body = Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('}')]);
      return refusal(body) === 'accepted' && !isJson(body);
    });
    expect(disagreements.map(([name]) => name)).toEqual([]);
  });
});

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function sorted(object: unknown): [string, unknown][] {
  return Object.entries(object as object).sort(([left], [right]) => (left < right ? -1 : 1));
}
