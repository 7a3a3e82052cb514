type Parameters = Map<string, string>;

const URI = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/is;
const KEYWORD_START = /^\s*[a-z_]+\s*=/;
/** One `name = value` of libpq's keyword form; a value is quoted or ends at a blank. */
const KEYWORD =
  /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'(?=\s|$)|((?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*)?)/sy;
/** A host that is a directory; its name may hold colons (Cloud SQL), a port does not. */
const SOCKET = /^(%2f.*?)(?::(\d+))?$/i;
const HOST = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s;
/** Where the parts of an address are in a URI; every other parameter is behind the "?". */
const PLACED = new Set(['host', 'port', 'dbname', 'user', 'password']);

/**
 * Tells whether an address is in libpq's keyword form (`host=… dbname=…`).
 * @param address as it was written
 */
export function isKeywordForm(address: string): boolean {
  return KEYWORD_START.test(address);
}

/**
 * Reads an address into libpq's parameters, `host` and `dbname` among them. Empty ones are left out.
 * @param address a URI, or libpq's keyword form
 * @returns `null` when it is neither
 */
export function readDatabaseAddress(address: string): ReadonlyMap<string, string> | null {
  const read = isKeywordForm(address) ? readKeywords(address) : readUri(address);
  if (read === null) return null;
  return new Map([...read].filter(([, value]) => value !== ''));
}

/** Tells whether a URI has characters that must be percent-encoded, usually those of a password. */
export function hasBrokenEncoding(address: string): boolean {
  const match = URI.exec(address.trim());
  if (match === null) return false;
  const [, authority = '', path = '', query = ''] = match;
  if (/[#\t\r\n]/.test(address.trim())) return true;
  if ([authority, path, query].some((part) => decoded(part) === null)) return true;
  return path.includes('@') || /^[^=]*@/.test(query);
}

/**
 * The URI that an address means, for the driver.
 * @param address accepted by the rule, a URI or in libpq's keyword form
 */
export function canonicalDatabaseAddress(address: string): string {
  const parameters = readDatabaseAddress(address) ?? new Map<string, string>();
  if (isKeywordForm(address)) return databaseUri(parameters);
  const uri = address.trim();
  const url = URL.parse(uri);
  const isUnderstood =
    url !== null &&
    ['dbname', 'user', 'password', 'port'].every((name) => !url.searchParams.has(name)) &&
    !url.pathname.includes('%');
  return isUnderstood ? uri : databaseUri(parameters);
}

/**
 * Writes parameters of libpq as a URI.
 * @param parameters `host`, `port`, `dbname`, `user`, `password` and others
 */
export function databaseUri(parameters: ReadonlyMap<string, string>): string {
  const value = (name: string): string => parameters.get(name) ?? '';
  const host = value('host');
  const isSocket = host.startsWith('/') || host === '';
  const query = new URLSearchParams([...parameters].filter(([name]) => !PLACED.has(name)));
  // A host that is a directory has no other place that every reader of the URI understands.
  if (host.startsWith('/')) query.set('host', host);
  const password = parameters.has('password') ? `:${encodeURIComponent(value('password'))}` : '';
  const user = encodeURIComponent(value('user')) + password;
  const port = parameters.has('port') ? `:${value('port')}` : '';
  // The driver decodes no reserved character of the path.
  const name = encodeURI(value('dbname')).replaceAll(/[?#]/g, encodeURIComponent);
  const authority = `${user === '' ? '' : `${user}@`}${isSocket ? 'localhost' : bracketed(host)}${port}`;
  return `postgresql://${authority}/${name}${query.size === 0 ? '' : `?${query.toString()}`}`;
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function readKeywords(address: string): Parameters | null {
  const parameters: Parameters = new Map();
  const text = address.trimEnd();
  KEYWORD.lastIndex = 0;
  while (KEYWORD.lastIndex < text.length) {
    const match = KEYWORD.exec(text);
    if (match === null) return null;
    const [, name = '', quoted, bare = ''] = match;
    parameters.set(name, (quoted ?? bare).replaceAll(/\\(.)/gs, '$1'));
  }
  return parameters;
}

function readUri(address: string): Parameters | null {
  const match = URI.exec(address.trim());
  if (match === null || hasBrokenEncoding(address)) return null;
  const [, authority = '', path = '', query = ''] = match;
  return new Map([
    ...placesOf(authority),
    ['dbname', decodeURIComponent(path)],
    ...new URLSearchParams(query),
  ]);
}

function placesOf(authority: string): Parameters {
  const at = authority.lastIndexOf('@');
  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  const place = authority.slice(at + 1);
  // Of several hosts each has a port of its own; the rule refuses them.
  const isOne = !place.includes(',');
  const [, host = place, port = ''] =
    (isOne ? (SOCKET.exec(place) ?? HOST.exec(place)) : null) ?? [];
  return new Map([
    ['user', decodeURIComponent(user)],
    ['password', decodeURIComponent(password.join(':'))],
    ['host', decodeURIComponent(host)],
    ['port', port],
  ]);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
