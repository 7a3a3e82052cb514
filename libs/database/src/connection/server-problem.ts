import { certificateFaultOf, type CertificateFault } from '#libs/common';
import { driverErrorOf, postgresErrorCode } from './postgres-errors.js';

/** A problem and the operator's remedy. */
type Words = readonly [what: string, remedy: string];

const NO_RESPONSE: Words = [
  'the server does not respond',
  'check host, port and the firewalls between this machine and the server',
];
const CLOSED: Words = [
  'the server or a proxy in between closed the connection',
  "look into the server's log",
];
const NO_ROUTE: Words = [
  'no route leads to the server',
  'check the host and the network of this machine',
];
const NO_ACCESS: Words = [
  'the server does not let this user in from here',
  'create the role with LOGIN, allow it in pg_hba.conf, and write sslmode=require where the server demands TLS',
];
const OTHER_AUTHORITY: Words = [
  "the server's certificate is not signed by a known authority",
  "write sslrootcert=FILE with the authority's certificate into the address",
];
const SHORT_OF_RESOURCES: Words = [
  'the server is short of resources',
  "look into the server's log, its memory and its disks",
];
const INTERRUPTED: Words = [
  'the server is starting, stopping or recovering',
  "wait; look into the server's log if it lasts",
];

/** Faults of the server's certificate. */
const CERTIFICATES: Readonly<Record<CertificateFault, Words>> = {
  'self-signed': OTHER_AUTHORITY,
  'unknown authority': OTHER_AUTHORITY,
  'another host': [
    "the server's certificate is for another host",
    'write the host that the certificate names, or sslmode=verify-ca',
  ],
  expired: ["the server's certificate has expired", 'renew it'],
  'not yet valid': ["the server's certificate is not valid yet", 'compare the clocks'],
  revoked: ["the server's certificate is revoked", 'replace it'],
};

/** Codes of the operating system. */
const SYSTEM: ReadonlyMap<string, Words> = new Map([
  [
    'ECONNREFUSED',
    ['the server refuses the connection', 'start it, or correct host and port of the address'],
  ],
  ['ENOTFOUND', ['the name of the host is unknown', 'correct the host of the address']],
  ['EAI_AGAIN', ['the name service does not respond', 'check the name service of this machine']],
  ['ETIMEDOUT', NO_RESPONSE],
  ['EHOSTUNREACH', NO_ROUTE],
  ['EHOSTDOWN', NO_ROUTE],
  ['ENETUNREACH', NO_ROUTE],
  ['ENETDOWN', NO_ROUTE],
  ['EADDRNOTAVAIL', NO_ROUTE],
  ['ECONNRESET', CLOSED],
  ['ECONNABORTED', CLOSED],
  ['EPIPE', CLOSED],
  [
    'ENOENT',
    ['the directory has no socket of this port', 'start the server, or correct directory and port'],
  ],
  [
    'EACCES',
    ["this process may not use the server's socket", 'give its user access to the directory'],
  ],
]);

/** SQLSTATE, or its beginning where a whole class means the same; the first that fits counts. */
const SQL_STATES: readonly (readonly [string, Words])[] = [
  [
    '28P01',
    [
      'the server does not accept the password',
      'correct user and password; in a URI special characters of the password are percent-encoded',
    ],
  ],
  ['28', NO_ACCESS],
  ['3D000', ['the database does not exist', 'create it (CREATE DATABASE), or correct its name']],
  [
    '53300',
    [
      'the server has no connection left for this user',
      'raise max_connections or the limit of the role, or run fewer replicas',
    ],
  ],
  ['53100', ["the server's disk is full", 'make room there']],
  ['53', SHORT_OF_RESOURCES],
  ['58', SHORT_OF_RESOURCES],
  ['57P04', ['the database was dropped', 'create it (CREATE DATABASE), or correct its name']],
  ['57P', INTERRUPTED],
  ['57014', ['the server took too long', 'look for locks and load on the server']],
  ['55P03', ['a lock was not given in time', 'look for long transactions on the server']],
  [
    '55000',
    [
      'the database accepts no connections',
      'ALTER DATABASE … ALLOW_CONNECTIONS true, or correct its name',
    ],
  ],
  [
    '42501',
    [
      'the user may not do this in the database',
      'make the user its owner (ALTER DATABASE … OWNER TO …), or GRANT USAGE, CREATE ON SCHEMA public TO it',
    ],
  ],
  [
    '25006',
    ['the server takes no writes: it is a standby, or read-only', 'write the host of the primary'],
  ],
  [
    '08P01',
    [
      'a proxy in front of the server refuses the connection',
      'check its databases and users; connect directly, or in session mode',
    ],
  ],
  ['08', CLOSED],
];

/** Messages of the driver that come without a code. */
const TEXTS: readonly (readonly [RegExp, Words])[] = [
  [/^(Query read timeout|timeout expired|.*due to connection timeout)/i, NO_RESPONSE],
  [
    /^timeout exceeded when trying to connect/,
    ['every connection is busy', 'look for slow statements and locks on the server'],
  ],
  [/^(Connection terminated|Client (has encountered|was closed)|Driver not Connected)/i, CLOSED],
  [
    /does not support SSL connections/,
    ['the server offers no TLS', 'switch it on there (ssl = on), or write sslmode=prefer'],
  ],
  [
    /client password must be a|no password/i,
    ['the server asks for a password', 'write the password into the address'],
  ],
  [
    /verify-ca requires specifying a CA/,
    [
      'sslmode=verify-ca needs an authority',
      "write sslrootcert=FILE with the authority's certificate",
    ],
  ],
];

const CERTIFICATE_FILE: Words = [
  'a certificate file of the address cannot be read',
  'correct sslrootcert, sslcert or sslkey',
];

/**
 * What is wrong with a server and what to do about it, with the code where there is one. Names no address, account or value.
 * @param error anything that was thrown by the driver or by TypeORM
 */
export function problemInWords(error: unknown): string {
  const { code, message, syscall } = driverErrorOf(error);
  const text = typeof message === 'string' ? message : '';
  const shownCode = typeof code === 'string' && code !== '' ? ` (${code})` : '';
  const words =
    syscall === 'open' ? CERTIFICATE_FILE : (wordsOfCode(error, code) ?? wordsOfText(text));
  if (words !== null) return `${words[0]}${shownCode}: ${words[1]}`;
  return `${text === '' ? 'unknown reason' : text}${shownCode}`;
}

function wordsOfCode(error: unknown, code: unknown): Words | null {
  const sqlState = postgresErrorCode(error);
  if (sqlState === null) return wordsOfSystem(code);
  return SQL_STATES.find(([start]) => sqlState.startsWith(start))?.[1] ?? null;
}

function wordsOfSystem(code: unknown): Words | null {
  const fault = certificateFaultOf(code);
  if (fault !== null) return CERTIFICATES[fault];
  return typeof code === 'string' ? (SYSTEM.get(code) ?? null) : null;
}

function wordsOfText(text: string): Words | null {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** Codes that stay as they are until an operator changes the address, the role or the database. */
const LASTING = new Set(['28P01', '28000', '3D000', 'ENOTFOUND']);

/**
 * Tells whether waiting for the server is useless: its user, its database or its host is unknown.
 * @param error anything that was thrown by the driver or by TypeORM
 */
export function isLastingProblem(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return LASTING.has(postgresErrorCode(error) ?? (typeof code === 'string' ? code : ''));
}
