import { isIPv6 } from 'node:net';
import type { TextRule } from './scalars.js';
import { PARAMETER_RULES, type PartRule } from './database-address-parameters.js';
import { hasBrokenEncoding, isKeywordForm, readDatabaseAddress } from './database-address-forms.js';

type Objection = ReturnType<TextRule>;
type Parameters = ReadonlyMap<string, string>;

const EXAMPLE = 'postgresql://user:password@host:5432/name';
const MAX_PORT = 65_535;
const HOST_NAME = /^[\p{L}\p{N}._~-]*$/u;
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
/** Values of `target_session_attrs` that accept a server which takes writes. */
const WRITABLE = ['any', 'read-write', 'primary', 'prefer-standby'];

/** Keywords of libpq (PostgreSQL documentation, section 34.1.2). */
const KEYWORDS = new Set(
  (
    'host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout ' +
    'client_encoding options application_name fallback_application_name keepalives keepalives_idle ' +
    'keepalives_interval keepalives_count tcp_user_timeout replication gssencmode sslmode ' +
    'sslnegotiation sslcompression sslcert sslkey sslpassword sslcertmode sslrootcert sslcrl sslcrldir ' +
    'sslsni requirepeer ssl_min_protocol_version ssl_max_protocol_version krbsrvname gsslib ' +
    'gssdelegation service servicefile target_session_attrs load_balance_hosts schema'
  ).split(' '),
);

const oneHost: PartRule = (parameters) =>
  ['host', 'hostaddr', 'port'].some((name) => parameters.get(name)?.includes(',') === true)
    ? {
        message: 'names several hosts',
        remedy:
          'Write one host: the name or the proxy that leads to the server that takes writes, also after a failover.',
      }
    : null;

const writableServer: PartRule = (parameters) => {
  const asked = parameters.get('target_session_attrs') ?? 'any';
  if (WRITABLE.includes(asked)) return null;
  const remedy =
    'Leave target_session_attrs out, and write the host of the server that takes writes.';
  return ['read-only', 'standby'].includes(asked)
    ? { message: 'asks for a server that takes no writes (target_session_attrs)', remedy }
    : { message: 'has an unknown target_session_attrs', remedy };
};

const plainHost: PartRule = (parameters) => {
  const host = parameters.get('host') ?? '';
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  const isNetworkHost = (isIPv6(bare) && !bare.includes('%')) || HOST_NAME.test(host);
  return host.startsWith('/') || isNetworkHost
    ? null
    : {
        message: 'has a host that is neither a name, an IP address nor the directory of a socket',
        remedy:
          'Write db.example, 10.0.0.5, [fd00::5] or /cloudsql/project:region:instance, for example.',
      };
};

const hostAddress: PartRule = (parameters) =>
  parameters.has('hostaddr')
    ? { message: 'has "hostaddr"', remedy: 'Write the host or its IP address as the host alone.' }
    : null;

const portNumber: PartRule = (parameters) => {
  const port = parameters.get('port') ?? '';
  const isRight =
    port === '' || (/^\d{1,5}$/.test(port) && Number(port) <= MAX_PORT && port !== '0');
  return isRight
    ? null
    : {
        message: 'has a port that is not a number from 1 to 65535',
        remedy: `Write ${EXAMPLE}, with the characters : / ? # @ % of the password percent-encoded.`,
      };
};

const noService: PartRule = (parameters) =>
  parameters.has('service') || parameters.has('servicefile')
    ? {
        message: 'refers to a service file of libpq, which is not read',
        remedy: `Write host, port, database, user and password, for example ${EXAMPLE}.`,
      }
    : null;

const knownSslMode: PartRule = (parameters) =>
  [...SSL_MODES, 'no-verify'].includes(parameters.get('sslmode') ?? 'prefer')
    ? null
    : { message: 'has an unknown sslmode', remedy: `Use one of: ${SSL_MODES.join(', ')}.` };

/** As libpq from version 16 on: the authorities of the system sign certificates for every host. */
const wholeVerification: PartRule = (parameters) =>
  parameters.get('sslrootcert') !== 'system' ||
  (parameters.get('sslmode') ?? 'verify-full') === 'verify-full'
    ? null
    : {
        message: 'has sslrootcert=system with a weaker sslmode than verify-full',
        remedy: 'Write sslmode=verify-full, or leave sslmode out.',
      };

/** Accepts a schema that is left out or is `public`: Gatehouse has a database of its own. */
export const databaseSchema: TextRule = (schema) =>
  schema === 'public'
    ? null
    : {
        message: 'names a schema other than public',
        remedy: 'Leave it out and give Gatehouse a database of its own: CREATE DATABASE gatehouse.',
      };

const PART_RULES: readonly PartRule[] = [
  oneHost,
  plainHost,
  hostAddress,
  portNumber,
  writableServer,
  noService,
  knownSslMode,
  wholeVerification,
  ...PARAMETER_RULES,
  (parameters) => databaseSchema(parameters.get('schema') ?? 'public'),
];

/** Accepts the address of a PostgreSQL database, as a URI or in libpq's keyword form. */
export const databaseAddress: TextRule = (address) => {
  const parameters = readDatabaseAddress(address);
  if (parameters === null) return unreadable(address);
  if (isKeywordForm(address) && [...parameters.keys()].some((name) => !KEYWORDS.has(name)))
    return {
      message: 'has a keyword that libpq does not know',
      remedy: "Write host=… port=… dbname=… user=… password='…', and sslmode=… where it is needed.",
    };
  return parametersProblem(parameters);
};

/**
 * Returns what is wrong with the parts of an address, or `null`.
 * @param parameters by libpq's names
 */
export function parametersProblem(parameters: Parameters): Objection {
  return PART_RULES.map((rule) => rule(parameters)).find((found) => found !== null) ?? null;
}

function unreadable(address: string): Objection {
  if (isKeywordForm(address))
    return {
      message: 'has a keyword without "=", or a quote without its other half',
      remedy:
        "Write host=… dbname=… user=… password='…', with \\' and \\\\ for ' and \\ of a value.",
    };
  if (hasBrokenEncoding(address))
    return {
      message: 'has a character that must be percent-encoded',
      remedy:
        'Write %23 for #, %25 for %, %2F for /, %3A for :, %3F for ? and %40 for @ of the password.',
    };
  const isOfOtherDriver = /^(jdbc:|postgres(ql)?\+|prisma)/i.test(address);
  return {
    message: isOfOtherDriver ? 'is the address of another driver' : 'is not a PostgreSQL address',
    remedy: `Write ${EXAMPLE}, with special characters of the password percent-encoded.`,
  };
}
