import { once } from 'node:events';
import { connect } from 'node:net';
import { userInfo } from 'node:os';

const PROBE_LIMIT_MS = 2_000;
/** `SSLRequest` of the wire protocol: its length and its code. The server responds with one byte. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
/** Modes that leave it to the server whether TLS is used. */
const OPPORTUNISTIC = new Set(['allow', 'prefer']);
const DEFINITE = new Set(['disable', 'require', 'verify-ca', 'verify-full']);
/** The value of `sslrootcert` that names no file (libpq 16). */
const SYSTEM_AUTHORITIES = 'system';
/** Parameters of Prisma that say how its own pool behaves; ours is sized by itself. */
const PRISMA_POOL = [
  'connection_limit',
  'pool_timeout',
  'connect_timeout',
  'socket_timeout',
  'pgbouncer',
  'statement_cache_size',
  'schema',
];

/** The address of a server for messages, without its password. */
export interface ServerPlace {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/** An address with an empty host between `@` and `/` is libpq's for a socket, and none to `URL`. */
function parsed(url: string): URL {
  return new URL(url.replace(/@(?=\/)/, '@localhost'));
}

/** Tells where an address leads. */
export function placeOf(url: string): ServerPlace {
  const { hostname, port, pathname, username, searchParams: query } = parsed(url);
  // As the driver and psql: what an address leaves out may be a variable of the environment.
  const user =
    given(query.get('user'), decodeURIComponent(username), process.env['PGUSER']) ??
    userInfo().username;
  return {
    host:
      given(query.get('host'), decodeURIComponent(hostname), process.env['PGHOST']) ?? 'localhost',
    port: given(query.get('port'), port, process.env['PGPORT']) ?? '5432',
    database: given(decodeURIComponent(pathname.slice(1)), process.env['PGDATABASE']) ?? user,
    user,
  };
}

function given(...candidates: readonly (string | null | undefined)[]): string | null {
  return candidates.find((value) => value !== null && value !== undefined && value !== '') ?? null;
}

/** Returns host, port and database of an address in words, without the password. */
export function placeInWords(url: string): string {
  const { host, port, database, user } = placeOf(url);
  return `host ${host}, port ${port}, database ${database}, user ${user}`;
}

/**
 * Rewrites an address as `pg` needs it to do what libpq does with it: `sslmode` has libpq's meaning,
 * with `prefer` where it is left out, and Prisma's parameters are understood or left out.
 * @param offersTls whether the server offers TLS
 * @throws Error in words, without the address, when it asks for something that cannot be done
 */
export function driverAddress(url: string, offersTls: boolean): string {
  const address = parsed(url);
  const { searchParams: query } = address;
  for (const name of PRISMA_POOL) query.delete(name);
  const isStrict = query.get('sslaccept') === 'strict';
  query.delete('sslaccept');
  // Accepted with the value `public` alone.
  query.delete('search_path');
  // `ssl` alone is the driver's own parameter, with the driver's own meaning.
  if (query.has('ssl') && !query.has('sslmode')) return address.href;
  const asked = askedMode(query);
  query.delete('sslmode');
  // The driver takes every value for a file; without one it trusts the authorities of the system.
  if (query.get('sslrootcert') === SYSTEM_AUTHORITIES) query.delete('sslrootcert');
  if (placeOf(url).host.startsWith('/')) return address.href;
  const mode = modeOf(asked, offersTls);
  query.set('uselibpqcompat', 'true');
  query.set('sslmode', mode === 'require' && isStrict ? 'verify-full' : mode);
  if (OPPORTUNISTIC.has(asked)) query.delete('sslrootcert');
  return address.href;
}

/** Returns the `sslmode` of an address, with the default of libpq. */
function askedMode(query: URLSearchParams): string {
  const isSystem = query.get('sslrootcert') === SYSTEM_AUTHORITIES;
  return query.get('sslmode') ?? (isSystem ? 'verify-full' : 'prefer');
}

function modeOf(asked: string, offersTls: boolean): string {
  if (OPPORTUNISTIC.has(asked)) return offersTls ? 'require' : 'disable';
  if (asked === 'no-verify') return 'require';
  if (DEFINITE.has(asked)) return asked;
  throw new Error(
    'the database address has an unknown sslmode; write disable, allow, prefer, require, verify-ca or verify-full',
  );
}

/**
 * Asks the server whether it offers TLS, where the address leaves that open, and rewrites the address.
 * @returns see {@link driverAddress}
 * @throws Error of the network when the server cannot be reached
 */
export async function resolveAddress(url: string): Promise<string> {
  const asked = askedMode(parsed(url).searchParams);
  const place = placeOf(url);
  const isOpen = OPPORTUNISTIC.has(asked) && !place.host.startsWith('/');
  return driverAddress(url, isOpen && (await offersTls(place)));
}

async function offersTls({ host, port }: ServerPlace): Promise<boolean> {
  const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
  try {
    const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
    await once(socket, 'connect', { signal });
    socket.write(SSL_REQUEST);
    const [reply] = (await once(socket, 'data', { signal })) as [Buffer];
    return reply[0] === 'S'.charCodeAt(0);
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('name' in error)) throw error;
    if (error.name !== 'AbortError' && error.name !== 'TimeoutError') throw error;
    throw Object.assign(new Error('the server does not respond'), { code: 'ETIMEDOUT' });
  } finally {
    socket.destroy();
  }
}
