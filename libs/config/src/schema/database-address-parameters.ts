import type { TextRule } from './scalars.js';

/** Evaluates one part of an address. */
export type PartRule = (parameters: ReadonlyMap<string, string>) => ReturnType<TextRule>;

const DEFINITE_TLS = ['require', 'verify-ca', 'verify-full'];
const BINDINGS = ['disable', 'prefer', 'require'];
/** Ways to log in that libpq 16 knows for `require_auth`, and those of them that the driver has. */
const LOGINS = ['password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'none'];
const OUR_LOGINS = ['password', 'md5', 'scram-sha-256', 'none'];

/** Values of parameters with which the driver does what libpq does. Every other value asks for what it cannot do. */
const HONOURED: Readonly<
  Record<string, { readonly values: readonly string[]; readonly remedy: string }>
> = {
  gssencmode: {
    values: ['disable', 'prefer'],
    remedy: 'Leave it out. Connections are encrypted with TLS: write sslmode=verify-full.',
  },
  sslcertmode: {
    values: ['allow'],
    remedy:
      'Leave it out. The certificate of sslcert is sent where the server asks for it, and none without sslcert.',
  },
  sslcrl: {
    values: [],
    remedy:
      'Leave it out: lists of revoked certificates are not read. Replace the authority instead.',
  },
  sslcrldir: {
    values: [],
    remedy:
      'Leave it out: lists of revoked certificates are not read. Replace the authority instead.',
  },
  ssl_min_protocol_version: {
    values: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    remedy: 'Leave it out and set it on the server. TLS 1.2 is the lowest version that is used.',
  },
  ssl_max_protocol_version: {
    values: ['TLSv1.3'],
    remedy: 'Leave it out and set it on the server.',
  },
  requirepeer: {
    values: [],
    remedy:
      'Leave it out, and let the user of the server alone write to the directory of the socket.',
  },
  search_path: {
    values: ['public'],
    remedy:
      'Write options=-c%20search_path%3DNAME, or give Gatehouse a database of its own: CREATE DATABASE gatehouse.',
  },
};

const honoured: PartRule = (parameters) => {
  for (const [name, { values, remedy }] of Object.entries(HONOURED)) {
    const value = parameters.get(name);
    if (value !== undefined && !values.includes(value))
      return { message: `has a ${name} that cannot be honoured`, remedy };
  }
  return null;
};

const channelBinding: PartRule = (parameters) => {
  const asked = parameters.get('channel_binding') ?? 'prefer';
  if (!BINDINGS.includes(asked))
    return {
      message: 'has an unknown channel_binding',
      remedy: `Use one of: ${BINDINGS.join(', ')}.`,
    };
  const isPlain =
    parameters.get('sslmode') === 'disable' || parameters.get('host')?.startsWith('/') === true;
  return asked === 'require' && isPlain
    ? {
        message: 'has channel_binding=require without TLS',
        remedy: 'Write sslmode=verify-full or sslmode=require, or leave channel_binding out.',
      }
    : null;
};

const requiredLogin: PartRule = (parameters) => {
  const asked = parameters.get('require_auth');
  if (asked === undefined) return null;
  const names = asked.split(',').map((name) => name.trim());
  const bare = names.map((name) => name.replace(/^!/, ''));
  const isNegated = names.every((name) => name.startsWith('!'));
  const isMixed = !isNegated && names.some((name) => name.startsWith('!'));
  const isKnown = bare.every((name) => LOGINS.includes(name)) && new Set(bare).size === bare.length;
  const isPossible = OUR_LOGINS.some((name) => bare.includes(name) !== isNegated);
  return isKnown && !isMixed && isPossible
    ? null
    : {
        message: 'has a require_auth that cannot be honoured',
        remedy: `Use ${OUR_LOGINS.join(', ')}, separated by commas, or each of them with "!" before it.`,
      };
};

const negotiation: PartRule = (parameters) => {
  const asked = parameters.get('sslnegotiation') ?? 'postgres';
  if (asked === 'postgres') return null;
  const isDefinite = DEFINITE_TLS.includes(parameters.get('sslmode') ?? '');
  return asked === 'direct' && isDefinite
    ? null
    : {
        message: 'has an sslnegotiation that is unknown, or is "direct" with a weak sslmode',
        remedy: 'Leave it out, or write sslnegotiation=direct with sslmode=require or verify-full.',
      };
};

/** Accepts parameters of libpq only where the driver does what libpq does with them. */
export const PARAMETER_RULES: readonly PartRule[] = [
  honoured,
  channelBinding,
  requiredLogin,
  negotiation,
];
