import { ROUTE_GROUP_NAMES } from '#libs/access';
import { suggestName } from '#libs/common';
import type { TextRule } from './scalars.js';

type Objection = ReturnType<TextRule>;

const MAX_CLAIM_PATH_LENGTH = 512;
const MAX_CLAIM_PATH_SEGMENTS = 32;
const MAX_ROUTE_LENGTH = 512;
const FORBIDDEN_MEMBERS = new Set(['__proto__', 'prototype', 'constructor']);
const METHOD_PREFIX = /^(GET|POST|PUT|PATCH|DELETE|OPTIONS) (?=\/)/;
const GROUP_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const DOMAIN = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const CONTROL = /\p{Cc}/u;
const MAX_NAME_LENGTH = 255;

/** Headers that belong to the connection or to the relay itself (RFC 9110 section 7.6.1). */
const OWN_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Accepts a claim path: names separated by dots, `\.` for a dot within a name (LiteLLM, JWT guide).
 * Names that reach into JavaScript's own objects are refused (threat C18).
 */
export const claimPath: TextRule = (path) => {
  const remedy = 'Write names separated by dots, for example resource_access.my-client.team.';
  const segments = path.split(/(?<!\\)\./);
  if (path.length > MAX_CLAIM_PATH_LENGTH || segments.length > MAX_CLAIM_PATH_SEGMENTS)
    return { message: 'is too long for a claim path', remedy };
  if (CONTROL.test(path)) return { message: 'has a control character', remedy };
  if (segments.some((segment) => segment.trim() === ''))
    return { message: 'has an empty name between its dots', remedy };
  if (segments.some((segment) => FORBIDDEN_MEMBERS.has(segment)))
    return { message: 'names a member that no claim may have', remedy };
  if (/\[\d*\]$/.test(path))
    return { message: 'has a position of a list; claim paths have none', remedy };
  return null;
};

/** Accepts an entry of a list of routes: a group's name, `/path`, `/path/*`, or `*`. */
export const route: TextRule = (entry) => {
  const path = entry.replace(METHOD_PREFIX, '');
  if (path === '*') return null;
  if (!path.startsWith('/')) return routeGroup(entry);
  const remedy = 'Write a path such as /v1/models, everything below one as /v1/*, or a group.';
  if (path.length > MAX_ROUTE_LENGTH) return { message: 'is too long for a route', remedy };
  if (/[\s?#]/.test(path)) return { message: 'is a path with a blank, "?" or "#"', remedy };
  if (path.slice(0, -1).includes('*') || (path.endsWith('*') && !path.endsWith('/*')))
    return { message: 'has a "*" elsewhere than in a trailing "/*"', remedy };
  return null;
};

function routeGroup(entry: string): Objection {
  if (ROUTE_GROUP_NAMES.some((name) => name === entry)) return null;
  const message = 'is neither a group of routes nor a path';
  if (!GROUP_NAME.test(entry)) return { message, remedy: 'Write a path with a leading "/".' };
  return { message, remedy: suggestName(entry, ROUTE_GROUP_NAMES) };
}

/** Accepts the origin of a web page as browsers send it (RFC 6454 section 7), or `*`. */
export const webOrigin: TextRule = (origin) =>
  origin === '*' || (/^https?:/.test(origin) && URL.parse(origin)?.origin === origin)
    ? null
    : {
        message: 'is not the origin of a web page',
        remedy: 'Write scheme, host and port alone, for example https://app.example.com, or "*".',
      };

/** Accepts a prefix of every route. */
export const rootPath: TextRule = (path) =>
  /^(\/[\w.~-]+)*\/?$/.test(path) && !/\/\.\.?(\/|$)/.test(path)
    ? null
    : { message: 'is not the path of a prefix', remedy: 'Write a path such as /llm.' };

/**
 * The address of a proxy with its scheme, which is `http` where it is left out, as in curl.
 * @param address as it was written
 */
export const withScheme = (address: string): string =>
  address.includes('://') ? address : `http://${address}`;

/** Accepts the address of an HTTP proxy. */
export const proxyAddress: TextRule = (address) => {
  const remedy = 'Write an address such as http://proxy.example.com:3128.';
  const url = URL.parse(withScheme(address));
  if (url === null) return { message: 'is not an address', remedy };
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return isSocks(url.protocol)
      ? { message: 'is the address of a SOCKS proxy, which cannot be used', remedy }
      : { message: 'is not the address of an HTTP proxy', remedy };
  return url.pathname === '/' && url.search === '' ? null : { message: 'has a path', remedy };
};

function isSocks(protocol: string): boolean {
  return /^socks(?:4a?|5h?)?:$/.test(protocol);
}

/** Tells whether a string means "yes", as in Python's settings: `True`, `yes`, `on`, `1`. */
export function isTrue(text: string): boolean {
  return /^(true|yes|on|1)$/i.test(text);
}

/** Tells whether a string means "no", as in Python's settings: `False`, `no`, `off`, `0`. */
export function isFalse(text: string): boolean {
  return /^(false|no|off|0)$/i.test(text);
}

/** Accepts one email domain. */
export const emailDomain: TextRule = (domain) => {
  if (DOMAIN.test(domain)) return null;
  const remedy = domain.includes(',')
    ? 'Write several domains as a list.'
    : 'Write the part after the "@" alone, for example my-co.com; sub-domains are listed one by one.';
  return { message: 'must be an email domain', remedy };
};

/** Accepts a name that is shown to clients or sent to upstreams: no control characters, not too long. */
export const plainName: TextRule = (name) =>
  name.length <= MAX_NAME_LENGTH &&
  !CONTROL.test(name) &&
  name.isWellFormed() &&
  name === name.trim()
    ? null
    : {
        message: 'has control characters or outer blanks, or is too long',
        remedy: `Use at most ${String(MAX_NAME_LENGTH)} printable characters.`,
      };

/** Accepts a sentence that is shown to callers. */
export const sentence: TextRule = (text) =>
  text.length <= MAX_NAME_LENGTH && !CONTROL.test(text) && text.isWellFormed()
    ? null
    : {
        message: 'is too long or has control characters',
        remedy: `Write one line of at most ${String(MAX_NAME_LENGTH)} characters.`,
      };

/** Accepts an id that travels in a response header. */
export const headerSafeId: TextRule = (id) =>
  id.length <= 128 && VISIBLE_ASCII.test(id)
    ? null
    : {
        message: 'cannot travel in a header',
        remedy: 'Use at most 128 letters, digits and signs, without blanks.',
      };

/** Accepts a credential that can travel in a header. Says nothing about its strength. */
export const credential: TextRule = (value) =>
  VISIBLE_ASCII.test(value)
    ? null
    : {
        message: 'has a blank, a line break or a character that no header can carry',
        remedy: 'Is there a line break at its end? Quote the value, or set the variable again.',
      };

/** Accepts the name of a header that requests bring. */
export const requestHeaderName: TextRule = (name) =>
  HEADER_NAME.test(name) && name.length <= MAX_NAME_LENGTH && !OWN_HEADERS.has(name.toLowerCase())
    ? null
    : {
        message: 'must be a header that can carry a credential',
        remedy: 'Write a name such as X-API-Key, without a colon.',
      };

/** Headers of requests that carry credentials. */
const CREDENTIAL_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'api-key',
  'x-api-key',
  'x-litellm-api-key',
  'x-goog-api-key',
  'ocp-apim-subscription-key',
]);

/** Accepts the name of a header that requests bring and whose value may be stored, so not that of a credential. */
export const namingHeaderName: TextRule = (name) =>
  requestHeaderName(name) === null && !CREDENTIAL_HEADERS.has(name.toLowerCase())
    ? null
    : {
        message: 'must be a header that names a user and carries no credential',
        remedy: 'Write a name such as X-OpenWebUI-User-Id, without a colon.',
      };

/** Accepts the value of a header field. */
export const headerValue: TextRule = (value) =>
  HEADER_VALUE.test(value)
    ? null
    : { message: 'has characters that no header may carry', remedy: 'Use printable ASCII.' };

/**
 * Returns what is wrong with the name of a header to be sent, or `null`.
 * @param name the header's name
 */
export function headerNameProblem(name: string): readonly [string, string] | null {
  if (!HEADER_NAME.test(name) || name.length > MAX_NAME_LENGTH)
    return ['is not a valid header name', 'Use letters, digits and hyphens.'];
  if (OWN_HEADERS.has(name.toLowerCase()))
    return ['is a header that Gatehouse sets itself', 'Remove it.'];
  return null;
}

/** Accepts an absolute http(s) address without credentials and fragment. */
export const httpAddress: TextRule = (address) => {
  const url = URL.canParse(address) ? new URL(address) : null;
  const remedy = 'Write an address such as https://host.example/path.';
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    return { message: 'must be an http or https address', remedy };
  if (url.username !== '' || url.password !== '')
    return { message: 'carries a user name or a password', remedy: 'Remove it from the address.' };
  if (url.hash !== '') return { message: 'has a "#" part', remedy };
  return null;
};

/** Accepts a base address of an upstream: as {@link httpAddress}, and neither query nor operation path. */
export const baseAddress: TextRule = (address) => {
  const objection = httpAddress(address);
  if (objection !== null) return objection;
  const url = new URL(address);
  if (url.search !== '')
    return { message: 'has a "?" part', remedy: 'Remove it; api_version has a key of its own.' };
  if (
    /\/(chat\/completions|completions|embeddings|responses)\/*$/.test(url.pathname) &&
    !url.pathname.includes('/deployments/')
  )
    return {
      message: 'names an operation',
      remedy: 'End it before /chat/completions, usually with /v1.',
    };
  return null;
};

/** Accepts a token type of a JWT header, with or without `application/` (RFC 7515 section 4.1.9). */
export const tokenType: TextRule = (type) =>
  /^(application\/)?[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/i.test(type)
    ? null
    : { message: 'must be a media type', remedy: 'Write JWT or at+jwt, for example.' };

/** Signature algorithms that an issuer may use: asymmetric ones alone (RFC 8725 section 3.1). */
const ALGORITHMS = ['RS', 'PS', 'ES']
  .flatMap((family) => ['256', '384', '512'].map((size) => `${family}${size}`))
  .concat('EdDSA', 'Ed25519');

/** Accepts the name of an asymmetric signature algorithm (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
export const signatureAlgorithm: TextRule = (name) => {
  if (ALGORITHMS.includes(name)) return null;
  const message = /^(HS\d+|none)$/i.test(name)
    ? 'is an algorithm that lets every holder of the public key sign'
    : 'is not a supported signature algorithm';
  return { message, remedy: `Use one of: ${ALGORITHMS.join(', ')}.` };
};

/** Accepts an export of an ES module: `./file.mjs#exportName`. */
export const modulePath: TextRule = (value) =>
  /^[^#\0\r\n]+\.m?js#[A-Za-z_$][\w$]*$/.test(value)
    ? null
    : {
        message: 'names no export of an ES module',
        remedy: 'Write ./file.mjs#exportName; Python functions cannot be called from here.',
      };

/** Accepts text with claim paths in braces, of which no two touch: `repo:{repository}:{ref}`. */
export const principalTemplate: TextRule = (template) => {
  const remedy = 'Write it like repo:{repository}:{ref}.';
  const paths = [...template.matchAll(/\{([^{}]+)\}/g)].map(([, path = '']) => path);
  const rest = template.replaceAll(/\{[^{}]+\}/g, '');
  if (paths.length === 0 || /[{}]/.test(rest))
    return { message: 'has no claim path in braces, or a brace without its other half', remedy };
  if (template.includes('}{'))
    return { message: 'has two claims without text between them, so that ids could meet', remedy };
  return paths.map(claimPath).find((objection) => objection !== null) ?? plainName(template);
};

/** A region of Amazon. */
export const regionName: TextRule = (name) =>
  /^[a-z0-9-]{1,40}$/.test(name)
    ? null
    : { message: 'is not the name of a region', remedy: 'Write a region such as eu-central-1.' };
