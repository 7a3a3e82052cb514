/** Numbers from 0 up to, and without, a bound; the same for the same seed. */
export type Dice = (bound: number) => number;

/** A random sequence that a number repeats (mulberry32). */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const CHARACTERS = 'ABCXYZabcxyz0189-_.~=+/!"{}';
const LONG = 20_000;

type Mutation = (token: string, dice: Dice) => string;

const pick = <T>(items: readonly T[], dice: Dice, otherwise: T): T =>
  items[dice(items.length)] ?? otherwise;

const splice = (text: string, at: number, length: number, put: string): string =>
  text.slice(0, at) + put + text.slice(at + length);

const withSegment = (token: string, dice: Dice, change: (segment: string) => string): string => {
  const segments = token.split('.');
  const chosen = dice(segments.length);
  return segments.map((one, index) => (index === chosen ? change(one) : one)).join('.');
};

const withJson = (
  token: string,
  segment: 0 | 1,
  change: (value: Record<string, unknown>) => unknown,
): string => {
  const segments = token.split('.');
  const text = Buffer.from(segments[segment] ?? '', 'base64url').toString();
  const changed = change(JSON.parse(text) as Record<string, unknown>);
  segments[segment] = Buffer.from(JSON.stringify(changed)).toString('base64url');
  return segments.join('.');
};

const ALGORITHMS = [
  'none',
  'None',
  'HS256',
  'HS512',
  'RS256',
  'PS256',
  'ES384',
  'EdDSA',
  '',
  'dir',
];
const VALUES = [
  null,
  0,
  -1,
  1e30,
  '',
  'x',
  [],
  {},
  true,
  '\u0000',
  '\ud800',
  'https://evil.example',
];
const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'scope', 'email', 'team'];
const HEADERS = ['kid', 'typ', 'crit', 'b64', 'jku', 'x5u', 'jwk', 'zip', 'enc'];

const MUTATIONS: readonly Mutation[] = [
  (token, dice) => splice(token, dice(token.length), 1, CHARACTERS.charAt(dice(CHARACTERS.length))),
  (token, dice) => splice(token, dice(token.length), 1 + dice(8), ''),
  (token, dice) => splice(token, dice(token.length), 0, CHARACTERS.charAt(dice(CHARACTERS.length))),
  (token, dice) => token.slice(0, dice(token.length)),
  (token, dice) =>
    withSegment(token, dice, (segment) => {
      const bytes = Buffer.from(segment, 'base64url');
      const at = dice(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice(8));
      return bytes.toString('base64url');
    }),
  (token, dice) => withSegment(token, dice, () => ''),
  (token, dice) => withSegment(token, dice, (segment) => segment + segment),
  (token, dice) => withSegment(token, dice, (segment) => `${segment}=`),
  (token, dice) => withSegment(token, dice, (segment) => segment + 'A'.repeat(dice(LONG))),
  (token, dice) =>
    token
      .split('.')
      .toSorted(() => dice(3) - 1)
      .join('.'),
  (token, dice) => `${token}.${pick(token.split('.'), dice, 'e30')}`,
  (token, dice) =>
    withJson(token, 0, (header) => ({ ...header, alg: pick(ALGORITHMS, dice, 'none') })),
  (token, dice) =>
    withJson(token, 0, (header) => ({
      ...header,
      [pick(HEADERS, dice, 'kid')]: pick(VALUES, dice, null),
    })),
  (token, dice) =>
    withJson(token, 1, (claims) => ({
      ...claims,
      [pick(CLAIMS, dice, 'sub')]: pick(VALUES, dice, null),
    })),
  (token) => withJson(token, 1, () => []),
  (token) => token.toUpperCase(),
];

/**
 * A token that is not the given one: one to three random changes of its characters, bits or structure. It can travel in
 * a header.
 */
export function mutated(token: string, dice: Dice): string {
  let changed = token;
  do {
    for (let count = 1 + dice(3); count > 0; count -= 1) changed = attempt(changed, dice);
  } while (changed === token || changed === '');
  return changed;
}

/** A change that needs JSON where an earlier one has left none changes nothing. */
function attempt(token: string, dice: Dice): string {
  try {
    return pick(MUTATIONS, dice, (same: string) => same)(token, dice);
  } catch {
    return token;
  }
}
