import type { SettingPath } from '../schema/setting-path.js';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type {
  AudienceRule,
  ClaimField,
  ClaimFields,
  IssuerSettings,
} from '../model/jwt-settings.js';
import type {
  GatehouseIssuerValue,
  IssuerClaimsValue,
  LitellmIssuerValue,
} from '../schema/issuers.config.js';
import { accessTokenRuleOf } from './access-token-rules.js';
import { presetValuesOf, type PresetValues } from './issuer-presets.js';
import { refusePlainHttp } from './plain-http.js';
import { publicKeysOf } from './public-keys.js';
import type { Sources } from './sources.js';

const DISCOVERY_PATH = '/.well-known/openid-configuration';
const GATEHOUSE_PATH = 'gatehouse.issuers' satisfies SettingPath;
const LITELLM_PATH = `general_settings.litellm_jwtauth.issuers`;

/**
 * The entries of `gatehouse.issuers`, then those of `litellm_jwtauth.issuers`. A preset may stand for several values
 * of `iss`, each an entry of its own.
 * @param claims the fields of tokens whose issuer has none of its own
 */
export function issuersOf(sources: Sources, claims: ClaimFields): readonly IssuerSettings[] {
  const { root, findings } = sources;
  const allowHttp = root.gatehouse.jwt.jwks.allow_http;
  const own = root.gatehouse.issuers.flatMap((value, index) => {
    const place = new ConfigPath(GATEHOUSE_PATH, findings).item(index);
    return gatehouseEntries(value, { claims, allowHttp, directory: sources.directory, place });
  });
  const litellm = (root.general_settings.litellm_jwtauth?.issuers ?? []).map((value, index) => {
    const place = new ConfigPath(LITELLM_PATH, findings).item(index);
    return litellmEntry(value, { claims, allowHttp, place });
  });
  const all = [...own, ...litellm];
  warnOfRepetitions(all, sources);
  return all;
}

interface EntryContext {
  /** The global fields. */
  readonly claims: ClaimFields;
  readonly allowHttp: boolean;
  readonly place: ConfigPath;
}

function litellmEntry(value: LitellmIssuerValue, context: EntryContext): IssuerSettings {
  const { claims, place } = context;
  const {
    issuer,
    user_id_jwt_field: userIdField,
    user_email_jwt_field: userEmailField,
    team_id_jwt_field: teamIdField,
    team_ids_jwt_field: teamIdsField,
  } = value;
  return {
    ...plainEntry(issuer, place),
    keyUrls: keyUrlsOf({ issuer, given: value.jwks_url, known: null, hasOwnKeys: false }, context),
    audience: audienceOf(value, false, place),
    claims: {
      ...claims,
      userId: userIdField ?? claims.userId,
      userEmail: userEmailField ?? claims.userEmail,
      teamId: teamIdField ?? claims.teamId,
      isTeamSoft: teamIdField === null && claims.isTeamSoft,
      teamIds: teamIdsField ?? claims.teamIds,
      orgId: value.org_id_jwt_field ?? claims.orgId,
      endUserId: value.end_user_id_jwt_field ?? claims.endUserId,
    },
  };
}

function gatehouseEntries(
  value: GatehouseIssuerValue,
  context: EntryContext & { readonly directory: string },
): readonly IssuerSettings[] {
  const { place, directory } = context;
  const preset = presetValuesOf(value, place);
  const publicKeys = publicKeysOf(value.public_keys ?? [], directory, place.at('public_keys'));
  const audience = audienceOf(value, preset.isAudienceRequired, place);
  const origins = originsOf(value, preset, place);
  const shared = {
    preset: value.preset,
    accessTokens: accessTokenRuleOf(value.preset),
    publicKeys,
    audience,
    algorithms: value.algorithms ?? preset.algorithms,
    isKeyIdRequired: value.key_id_required,
    acceptedTypes: [...preset.acceptedTypes, ...value.accepted_types],
    requiredClaims: [...preset.requiredClaims, ...value.required_claims],
    boundClaims: [...preset.boundClaims, ...value.bound_claims],
    claims: {
      ...fieldsOf(value.claims, preset, context.claims),
      isTeamOptional: !value.team_required,
    },
    // A user id that the entry names itself wins over a template that it does not.
    principalTemplate: value.principal ?? (value.claims.user_id === null ? preset.principal : null),
  };
  return origins.map(({ issuer, keyUrl }) => ({
    ...plainEntry(issuer, place),
    ...shared,
    keyUrls: keyUrlsOf(
      { issuer, given: value.jwks_url, known: keyUrl, hasOwnKeys: publicKeys.length > 0 },
      context,
    ),
  }));
}

function plainEntry(issuer: string, { path }: ConfigPath) {
  return {
    configPath: path,
    issuer,
    isGlobal: false,
    preset: null,
    publicKeys: [],
    algorithms: null,
    isKeyIdRequired: false,
    requiredClaims: [],
    boundClaims: [],
    accessTokens: accessTokenRuleOf(null),
    acceptedTypes: [],
    principalTemplate: null,
  } as const;
}

function originsOf(
  { issuer, preset }: GatehouseIssuerValue,
  { origins }: PresetValues,
  place: ConfigPath,
): PresetValues['origins'] {
  // The addresses of a preset belong to its own issuers; for another one they would trust the wrong keys.
  if (issuer !== null) return [{ issuer, keyUrl: null }];
  if (origins.length === 0)
    place
      .at('issuer')
      .refuse(
        'is missing',
        preset === 'kubernetes'
          ? 'Write the issuer of the cluster: kubectl get --raw /.well-known/openid-configuration.'
          : 'Write the issuer, exactly as in iss, or a preset.',
      );
  return origins;
}

interface KeySources {
  readonly issuer: string;
  readonly given: readonly string[] | null;
  /** The address of a preset. */
  readonly known: string | null;
  readonly hasOwnKeys: boolean;
}

function keyUrlsOf(
  { issuer, given, known, hasOwnKeys }: KeySources,
  { allowHttp, place }: EntryContext,
): readonly string[] {
  const where = place.at('jwks_url');
  if (given === null && known === null && hasOwnKeys) return [];
  const derived = /^https?:\/\//.test(issuer) && URL.canParse(issuer) ? discoveryOf(issuer) : null;
  const found = known ?? derived;
  const urls = given ?? (found === null ? [] : [found]);
  if (urls.length === 0)
    where.refuse(
      'is missing, and the issuer is not an address that would lead to its keys',
      'Write the address of its key set, or public_keys.',
    );
  refusePlainHttp(urls, allowHttp, where);
  return urls;
}

function discoveryOf(issuer: string): string {
  return `${issuer.replace(/\/+$/, '')}${DISCOVERY_PATH}`;
}

function audienceOf(
  value: Pick<LitellmIssuerValue, 'audience' | 'disable_audience_validation'>,
  isRequired: boolean,
  place: ConfigPath,
): AudienceRule | null {
  const { audience, disable_audience_validation: isAudienceUnchecked } = value;
  const where = place.at('audience');
  if (audience !== null && isAudienceUnchecked)
    where.refuse(
      `stands beside disable_audience_validation: true`,
      'Keep one of the two; better audience.',
    );
  if (audience === null && isRequired)
    where.refuse(
      'is missing, and keys of this kind of issuer sign for everybody',
      'Write the audience that its tokens are asked for, for example the address of this gateway.',
    );
  else if (audience === null && !isAudienceUnchecked)
    where.refuse(
      'is missing',
      `Write the audience of its tokens, or disable_audience_validation: true to accept those made for other applications.`,
    );
  else if (audience === null)
    place
      .at('disable_audience_validation')
      .warn('is on: tokens that the issuer made for other applications are accepted');
  return audience === null ? null : { values: audience, patterns: [], domains: [] };
}

/** Returns the fields of the entry, else of its preset, else (not for workloads) the global ones. */
function fieldsOf(
  own: IssuerClaimsValue,
  preset: PresetValues,
  everywhere: ClaimFields,
): ClaimFields {
  const base: ClaimFields = {
    ...(preset.isWorkload ? workloadFields(everywhere) : everywhere),
    ...preset.claims,
  };
  const { team_id: teamId } = own;
  const either = (
    field: ClaimField | 'none' | null,
    otherwise: ClaimField | null,
  ): ClaimField | null => (field === 'none' ? null : (field ?? otherwise));
  return {
    ...base,
    userId: either(own.user_id, base.userId),
    userEmail: either(own.user_email, base.userEmail),
    teamIds: either(own.team_ids, base.teamIds),
    teamAlias: either(own.team_alias, base.teamAlias),
    orgId: either(own.org_id, base.orgId),
    orgAlias: either(own.org_alias, base.orgAlias),
    endUserId: either(own.end_user_id, base.endUserId),
    userRole: either(own.user_role, base.userRole),
    userRoles: either(own.user_roles, base.userRoles),
    roles: either(own.roles, base.roles),
    objectId: either(own.object_id, base.objectId),
    agentId: either(own.agent_id, base.agentId),
    virtualKey: either(own.virtual_key, base.virtualKey),
    scope: own.scope ?? base.scope,
    ...(teamId === null ? {} : { teamId: teamId === 'none' ? null : teamId, isTeamSoft: false }),
  };
}

/** Claims of people are not those of programs: nothing is read but what entry and preset name. */
function workloadFields({ scope }: ClaimFields): ClaimFields {
  return {
    userId: null,
    userEmail: null,
    teamId: null,
    isTeamSoft: false,
    isTeamOptional: false,
    teamIds: null,
    teamAlias: null,
    orgId: null,
    orgAlias: null,
    endUserId: null,
    userRoles: null,
    roles: null,
    objectId: null,
    agentId: null,
    virtualKey: null,
    scope,
    userRole: null,
  };
}

function warnOfRepetitions(entries: readonly IssuerSettings[], { findings }: Sources): void {
  const seen = new Set<string | null>();
  for (const { issuer, configPath } of entries) {
    if (seen.has(issuer))
      new ConfigPath(configPath, findings).warn(
        'names an issuer that an earlier entry names too: it is never used',
      );
    seen.add(issuer);
  }
}
