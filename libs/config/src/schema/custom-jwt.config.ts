import type { z } from 'zod';
import { ignoredKeys } from '../names/unsupported-keys.js';
import { list } from './collections.js';
import { required } from './key.js';
import { credential, emailDomain, httpAddress, plainName, signatureAlgorithm } from './rules.js';
import { number, choice, text, type TextRule } from './scalars.js';
import { optional, section } from './section.js';

/** The function of the custom-JWT guide, which is built in. */
export const CUSTOM_JWT_FUNCTION = 'custom_jwt_auth.jwt_auth';

/** Text that regular expressions have and patterns of audiences do not. */
const EXPRESSION_SIGNS = /[\\^$()[\]{}|+]|\.\*/;

const audiencePattern: TextRule = (pattern) =>
  credential(pattern) ??
  (EXPRESSION_SIGNS.test(pattern)
    ? {
        message: 'is a regular expression',
        remedy: 'Write "*" for any characters and "?" for one: https://*.example.com.',
      }
    : null);

const audience = text('Audience, exactly as in aud.', { rule: credential });

const AUDIENCE_SECTION = section({
  summary: 'Which audiences are accepted, in place of one audience.',
  fields: {
    mode: choice(
      'single: audience; multiple: audiences; domain_patterns: patterns; flexible: audiences, patterns or hosts.',
      ['single', 'multiple', 'domain_patterns', 'flexible'],
      { default: 'single' },
    ),
    audiences: list('Accepted audiences.', audience, { mayBeSingle: true, default: [] }),
    domain_patterns: list(
      'Patterns of accepted audiences, with "*" and "?".',
      text('Pattern.', { rule: audiencePattern }),
      { mayBeSingle: true, default: [], differs: 'Regular expressions are refused.' },
    ),
    allowed_domains: list(
      'Hosts: an audience that is an address at or below one of them is accepted.',
      text('Host.', { rule: emailDomain, canonical: (host) => host.toLowerCase() }),
      { mayBeSingle: true, default: [] },
    ),
  },
  unknownKeys: 'refuse',
  ignored: ignoredKeys([['LiteLLM does not read it either; mode decides', 'require_exact_match']]),
});

const claimName = (summary: string, name: string) =>
  text(summary, { rule: plainName, default: name });

const CLAIMS_SECTION = section({
  summary: 'Names of the claims; a dot belongs to the name.',
  fields: {
    user_id: claimName('Claim of the user id.', 'sub'),
    user_email: claimName('Claim of the email address.', 'email'),
    user_role: claimName('Claim of the role.', 'role'),
    team_id: claimName('Claim of the team id.', 'team'),
  },
  unknownKeys: 'refuse',
});

const CUSTOM_JWT_SECTION = section({
  summary: 'The issuer of the custom-JWT guide, with custom_auth: custom_jwt_auth.jwt_auth.',
  fields: {
    issuer: required(
      text('What iss must be, exactly.', { rule: credential }),
      'Write the issuer, exactly as in iss.',
    ),
    public_key_url: required(
      text('Address of the key set.', { rule: httpAddress }),
      'Write the address of the key set of the issuer.',
    ),
    audience: list('What aud must be or contain, one or a list.', audience, {
      mayBeSingle: true,
      notEmpty: 'which no token could have',
    }),
    audience_validation: AUDIENCE_SECTION,
    algorithm: text('The one signature algorithm.', {
      rule: signatureAlgorithm,
      default: 'RS256',
    }),
    leeway: number('Seconds of tolerance for exp, nbf and iat.', {
      min: 0,
      max: 300,
      default: 0,
    }),
    user_claim_mappings: CLAIMS_SECTION,
  },
  unknownKeys: 'refuse',
});

/** `general_settings.jwt_settings`. */
export const CUSTOM_JWT = optional(CUSTOM_JWT_SECTION);

/** `general_settings.jwt_settings` as it was read. */
export type CustomJwtValue = z.output<typeof CUSTOM_JWT_SECTION>;

/** `general_settings.litellm_proxy_roles`, of the first JWT-auth guide. */
export const PROXY_ROLES_SECTION = section({
  summary: 'Scope of administrators by its first name.',
  fields: {
    proxy_admin: text('Scope that makes the caller of a token an administrator.', {
      rule: credential,
      differs: 'The same as litellm_jwtauth.admin_jwt_scope, its present name.',
    }),
    admin_jwt_scope: text('The same as proxy_admin, by its present name.', { rule: credential }),
  },
  unknownKeys: 'refuse',
  ignored: ignoredKeys([['LiteLLM declared it and never used it', 'proxy_user']]),
});
