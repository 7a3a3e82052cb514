import { anAttack, STRANGER } from '#support/attack-harness';
import type { KeyServer } from '#support/key-server';
import { signToken } from '#support/signing';

const attack = anAttack();
const { claims, good, result } = attack;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
let attacker: KeyServer;
let server: KeyServer;

beforeAll(async () => {
  ({ attacker, server } = await attack.start());
});

afterAll(async () => {
  await attack.stop();
});

afterEach(() => {
  expect(attacker.fetches).toBe(0);
});

const encoded = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const bytesOf = (value: bigint): Buffer =>
  Buffer.from((value % (1n << 256n)).toString(16).padStart(64, '0'), 'hex');

/** A good token whose r and s were turned into something else. */
function withSignature(change: (r: Buffer, s: Buffer) => Buffer): string {
  const [header = '', payload = '', signature = ''] = good().split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const changed = change(bytes.subarray(0, 32), bytes.subarray(32));
  return `${header}.${payload}.${changed.toString('base64url')}`;
}

const derInteger = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x02, bytes.length + 1, 0]), bytes]);

describe('an ECDSA signature in another form is refused (threat J05)', () => {
  test.each<[string, (r: Buffer, s: Buffer) => Buffer]>([
    [
      'in DER',
      (r, s) => {
        const inner = Buffer.concat([derInteger(r), derInteger(s)]);
        return Buffer.concat([Buffer.from([0x30, inner.length]), inner]);
      },
    ],
    ['cut short', (r, s) => Buffer.concat([r, s.subarray(0, 31)])],
    ['with a byte behind it', (r, s) => Buffer.concat([r, s, Buffer.from([0])])],
    ['with a byte before r', (r, s) => Buffer.concat([Buffer.from([0]), r, s])],
    ['r alone', (r) => r],
    ['with n - 1 twice', () => Buffer.concat([bytesOf(ORDER - 1n), bytesOf(ORDER - 1n)])],
    [
      'with n added to s',
      (r, s) => Buffer.concat([r, bytesOf(BigInt(`0x${s.toString('hex')}`) + ORDER)]),
    ],
    ['with r and s exchanged', (r, s) => Buffer.concat([s, r])],
  ])('%s', async (_what, change) => {
    expect(await result(withSignature(change))).toBe('token_invalid');
  });
});

describe('a key that comes with the token proves nothing, and its address is never asked (threat J06)', () => {
  test.each<[string, () => object]>([
    ['jwk', () => ({ jwk: STRANGER.publicJwk })],
    ['jku', () => ({ jku: attacker.jwksUrl })],
    ['jku, with the trusted host for a user name', () => ({ jku: lure('@') })],
    [
      'jku, with the trusted host for a path',
      () => ({ jku: `${attacker.jwksUrl}#${server.origin}` }),
    ],
    ['x5u', () => ({ x5u: `${attacker.origin}/certificate` })],
    ['x5c', () => ({ x5c: [String(STRANGER.publicJwk['x'])], x5t: 'AAAA', 'x5t#S256': 'AAAA' })],
    ['kid, as an address', () => ({ kid: attacker.jwksUrl })],
    ['iss of the header', () => ({ iss: attacker.origin, aud: 'x', sub: 'root' })],
  ])('%s', async (_what, header) => {
    const token = signToken(STRANGER, { header: { ...header() }, payload: claims() });
    expect(await result(token)).toBe('token_invalid');
  });

  const lure = (sign: string): string =>
    attacker.jwksUrl.replace('://', `://${new URL(server.origin).hostname}${sign}`);
});

describe('a key id is compared and nothing else (threat J07)', () => {
  test.each(
    [
      '../../../../etc/passwd',
      '/proc/self/environ',
      'key.pem; touch /tmp/owned',
      '$(id)',
      '`id`',
      '|nc 127.0.0.1 9',
      "x'; SELECT pg_sleep(10); --",
      '%s%s%s%n',
      '{{7*7}}${7*7}',
      '${jndi:ldap://127.0.0.1:9/x}',
      'file:///etc/passwd',
      'constructor',
      'a\r\nset-cookie: x=1',
      '\u001b[2J\u001b]0;owned\u0007',
      'a\0b',
      '\ud800',
      'k'.repeat(9_000),
    ].map((kid) => [kid.slice(0, 40), kid] as const),
  )('%j selects no key, at once', async (_shown, kid) => {
    expect(await result(good())).toBe('accepted alice');
    const start = performance.now();
    expect(await result(good({ kid }))).toBe('token_invalid');
    // A search for a key that is not published may wait for one refresh, once per cooldown.
    const again = performance.now();
    expect(await result(good({ kid }))).toBe('token_invalid');
    expect(performance.now() - again).toBeLessThan(200);
    expect(again - start).toBeLessThan(1_500);
  });
});

describe('damaged base64url is refused in every segment (threat J11)', () => {
  const damages: readonly (readonly [string, (segment: string) => string])[] = [
    ['padding', (segment) => `${segment}=`],
    ['two characters of padding', (segment) => `${segment}==`],
    ['a character of the standard alphabet', (segment) => `+${segment.slice(1)}`],
    ['another one', (segment) => `/${segment.slice(1)}`],
    ['a line break', (segment) => `${segment.slice(0, 4)}\n${segment.slice(4)}`],
    ['a tab', (segment) => `${segment}\t`],
    ['a NUL', (segment) => `${segment}\0`],
    ['a character of no alphabet', (segment) => `${segment.slice(0, 4)}*${segment.slice(5)}`],
    ['a full-width letter', (segment) => `\uff21${segment.slice(1)}`],
    ['a single character too many', (segment) => `${segment}A`],
    ['nothing at all', () => ''],
  ];

  test.each(damages)('%s', async (_what, damage) => {
    for (const position of [0, 1, 2]) {
      const token = good()
        .split('.')
        .map((segment, index) => (index === position ? damage(segment) : segment))
        .join('.');
      expect([position, await result(token)]).toEqual([
        position,
        expect.stringMatching(/^(token_invalid|credential_malformed|key_unknown)$/),
      ]);
    }
  });
});

describe('nothing is decrypted, derived or inflated (threat J09)', () => {
  const bomb = encoded('x'.repeat(6_000));

  test.each<[string, () => string]>([
    [
      'a password-based key with two thousand million rounds',
      () =>
        `${encoded({ alg: 'PBES2-HS512+A256KW', p2c: 2_000_000_000, p2s: 'c2FsdHNhbHQ', enc: 'A256GCM' })}.${bomb}.AAAA.${bomb}.AAAA`,
    ],
    [
      'a compressed payload, encrypted',
      () => `${encoded({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' })}..AAAA.${bomb}.AAAA`,
    ],
    ['a compressed payload, signed', () => good({ zip: 'DEF' })],
    ['a payload that is left out', () => good().replace(/\.[^.]+\./, '..')],
  ])('%s costs less than 5 ms', async (_what, make) => {
    const tokens = Array.from({ length: 40 }, make);
    const times: number[] = [];
    for (const token of tokens) {
      const start = performance.now();
      expect(await result(token)).toBe('token_invalid');
      times.push(performance.now() - start);
    }
    expect(times.toSorted((a, b) => a - b)[20]).toBeLessThan(5);
  });
});
