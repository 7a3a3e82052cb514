import type { z } from 'zod';
import { claimPath, credential, httpAddress } from './rules.js';
import { number, text } from './scalars.js';
import { optional, section } from './section.js';

const MAX_CACHE_SECONDS = 86_400;

/** Groups of the caller at Microsoft Graph, ids alone. */
const GRAPH_GROUPS =
  'https://graph.microsoft.com/v1.0/users/{oid}/transitiveMemberOf/microsoft.graph.group?$select=id';

const clientId = text('Id of this gateway as a client.', { rule: credential });
const clientSecret = text('Its secret, best as os.environ/NAME.', { rule: credential });

/** `gatehouse.introspection`, beside the `OAUTH_*` variables. */
export const INTROSPECTION_SECTION = section({
  summary: 'How tokens are introspected (RFC 7662).',
  fields: {
    endpoint: text('Introspection endpoint; OAUTH_TOKEN_INFO_ENDPOINT wins.', {
      rule: httpAddress,
    }),
    user_id_field: text(
      'Member of the response that is the user id; OAUTH_USER_ID_FIELD_NAME wins.',
      {
        rule: claimPath,
        default: 'sub',
      },
    ),
    user_role_field: text(
      'Member that is the role; OAUTH_USER_ROLE_FIELD_NAME wins. Left out: none.',
      {
        rule: claimPath,
      },
    ),
    team_id_field: text(
      'Member that is the team id; OAUTH_USER_TEAM_ID_FIELD_NAME wins. Left out: none.',
      { rule: claimPath },
    ),
    client_id: clientId,
    client_secret: clientSecret,
    cache_seconds: number('Seconds that a response is remembered, never beyond exp.', {
      min: 0,
      max: MAX_CACHE_SECONDS,
      default: 60,
    }),
  },
  unknownKeys: 'refuse',
});

/** `gatehouse.introspection` as it was read. */
export type IntrospectionValue = z.output<typeof INTROSPECTION_SECTION>;

/** `gatehouse.jwt.group_overage`. Its presence switches the asking on. */
export const GROUP_OVERAGE = optional(
  section({
    summary:
      'Where groups are asked for that a token only points at (_claim_names, hasgroups). Left out: such tokens are refused.',
    fields: {
      endpoint: text('Graph-compatible endpoint; {oid} stands for the claim oid.', {
        rule: httpAddress,
        default: GRAPH_GROUPS,
      }),
      token_url: text(
        'Token endpoint for client credentials. Left out: the token of the caller is sent.',
        { rule: httpAddress },
      ),
      client_id: clientId,
      client_secret: clientSecret,
      scope: text('Scope to ask the token endpoint for.', { rule: credential }),
      cache_seconds: number('Seconds that the groups of a subject are remembered.', {
        min: 0,
        max: MAX_CACHE_SECONDS,
        default: 300,
      }),
    },
    unknownKeys: 'refuse',
  }),
);
