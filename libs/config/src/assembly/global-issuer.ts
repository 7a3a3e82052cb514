import { readKey } from '../schema/read.js';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ClaimFields, IssuerSettings } from '../model/jwt-settings.js';
import { KEY_SET_ADDRESSES } from '../schema/environment.config.js';
import { textNode } from '../source/config-node.js';
import { variableOf } from '../source/environment.js';
import { accessTokenRuleOf } from './access-token-rules.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

/** The variable that switches the global path on. */
export const KEY_URL_VARIABLE = 'JWT_PUBLIC_KEY_URL';

/**
 * The entry of the `JWT_*` variables, which takes the tokens that no other entry is for; `null` where
 * `JWT_PUBLIC_KEY_URL` is not set.
 * @param sources where the variables are
 * @param claims the fields of its tokens
 */
export function globalIssuerOf(sources: Sources, claims: ClaimFields): IssuerSettings | null {
  const { overrides } = sources;
  const audience = overrides.variable('JWT_AUDIENCE');
  const issuer = overrides.variable('JWT_ISSUER');
  const keyUrls = keySetAddresses(sources);
  if (keyUrls.length === 0) return null;
  return {
    configPath: KEY_URL_VARIABLE,
    issuer,
    isGlobal: true,
    preset: null,
    keyUrls,
    publicKeys: [],
    audience: audience === null ? null : { values: [audience], patterns: [], domains: [] },
    algorithms: null,
    isKeyIdRequired: false,
    requiredClaims: [],
    boundClaims: [],
    accessTokens: accessTokenRuleOf(null),
    acceptedTypes: [],
    claims,
    principalTemplate: null,
  };
}

/**
 * Warns about an audience and an issuer that are not checked (threat C01).
 * @param issuer the global entry, if there is one
 */
export function evaluateGlobalIssuer(
  issuer: IssuerSettings | undefined,
  { findings }: Sources,
): void {
  if (issuer?.audience === null)
    new ConfigPath('JWT_AUDIENCE', findings).warn(
      'is not set: tokens that the identity provider made for other applications are accepted',
    );
  if (issuer?.issuer === null)
    new ConfigPath('JWT_ISSUER', findings).warn(
      'is not set: the issuer of a token is not checked, its signature alone counts',
    );
}

function keySetAddresses({ root, environment, findings }: Sources): readonly string[] {
  const place = new ConfigPath(KEY_URL_VARIABLE, findings);
  const given = variableOf(environment, KEY_URL_VARIABLE) ?? '';
  const items = given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(textNode);
  const addresses = readKey(KEY_SET_ADDRESSES, { kind: 'list', items }, place) ?? [];
  refusePlainHttp(addresses, root.gatehouse.jwt.jwks.allow_http, place);
  return addresses;
}
