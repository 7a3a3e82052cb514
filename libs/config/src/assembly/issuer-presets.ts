import type { SettingPlace } from '../schema/setting-path.js';
import type { BoundClaim, ClaimField, ClaimFields, IssuerPreset } from '../model/jwt-settings.js';
import { plainClaim } from '../schema/claim-field.config.js';
import { PRESET_FIELDS, type GatehouseIssuerValue } from '../schema/issuers.config.js';

type Parameter = keyof typeof PRESET_FIELDS;

/** Values that a preset gives to an issuer's entry. */
export interface PresetValues {
  /** Each `iss` of the vendor with the address of its keys; empty where the entry itself must say. */
  readonly origins: readonly { readonly issuer: string; readonly keyUrl: string | null }[];
  readonly claims: Partial<ClaimFields>;
  /** True for tokens of programs: the claims of people, which such tokens lack, are not looked for. */
  readonly isWorkload: boolean;
  /** True where the vendor's keys sign for all of its customers, so only the audience names the recipient. */
  readonly isAudienceRequired: boolean;
  readonly principal: string | null;
  readonly requiredClaims: readonly string[];
  readonly boundClaims: readonly BoundClaim[];
  readonly acceptedTypes: readonly string[];
  readonly algorithms: readonly string[] | null;
}

/** A preset: the parameters that it takes, those that it needs, and what it makes of them. */
interface Preset {
  readonly takes: readonly Parameter[];
  /** With what to write; not asked for where the entry names `issuer` itself. */
  readonly needs: Readonly<Partial<Record<Parameter, string>>>;
  fill(value: GatehouseIssuerValue): Partial<PresetValues>;
}

const BASE: PresetValues = {
  origins: [],
  claims: {},
  isWorkload: false,
  isAudienceRequired: false,
  principal: null,
  requiredClaims: [],
  boundClaims: [],
  acceptedTypes: [],
  algorithms: null,
};

const GITHUB = 'https://token.actions.githubusercontent.com';
const GITLAB = 'https://gitlab.com';
const NAMESPACE_CLAIM = String.raw`kubernetes\.io.namespace`;
const ACCOUNT_CLAIM = String.raw`kubernetes\.io.serviceaccount.name`;

/** By the vendors' public documentation; docs/how-to/trust-an-issuer.md says what each fills in. */
const PRESETS: Readonly<Record<IssuerPreset, Preset>> = {
  keycloak: {
    takes: ['url', 'realm', 'client'],
    needs: {
      url: 'Write the base address, for example https://sso.example.com.',
      realm: 'Write the realm.',
    },
    fill: ({ url, realm, client }) => {
      const issuer = `${url ?? ''}/realms/${realm ?? ''}`;
      const roles = plainClaim(
        client === null ? 'realm_access.roles' : `resource_access.${oneName(client)}.roles`,
      );
      return {
        origins: [{ issuer, keyUrl: `${issuer}/protocol/openid-connect/certs` }],
        // The group mapper writes full paths, "/research", unless it is configured otherwise.
        claims: people({ roles, teamIds: { ...plainClaim('groups'), stripPrefix: '/' } }),
      };
    },
  },
  entra: {
    takes: ['tenant'],
    needs: { tenant: 'Write the id of the tenant (a GUID).' },
    fill: ({ tenant }) => {
      const login = `https://login.microsoftonline.com/${tenant ?? ''}`;
      return {
        // The registration of the API decides which version its tokens have.
        origins: [
          { issuer: `${login}/v2.0`, keyUrl: `${login}/discovery/v2.0/keys` },
          {
            issuer: `https://sts.windows.net/${tenant ?? ''}/`,
            keyUrl: `${login}/discovery/keys`,
          },
        ],
        // "sub" differs from application to application; "oid" is the person or service everywhere.
        claims: {
          ...people({ roles: plainClaim('roles'), teamIds: plainClaim('groups') }),
          userId: plainClaim('oid'),
          scope: plainClaim('scp'),
        },
      };
    },
  },
  okta: {
    takes: ['domain', 'authorization_server'],
    needs: { domain: 'Write the domain of the organisation, for example acme.okta.com.' },
    fill: ({ domain, authorization_server: authorizationServer }) => {
      const issuer = `https://${domain ?? ''}/oauth2/${authorizationServer ?? 'default'}`;
      const groups = plainClaim('groups');
      return {
        origins: [{ issuer, keyUrl: `${issuer}/v1/keys` }],
        // "sub" is the login, which can change; programs have no "uid".
        claims: {
          ...people({ roles: groups, teamIds: groups }),
          userId: plainClaim('uid', 'sub'),
          scope: plainClaim('scp'),
        },
      };
    },
  },
  auth0: {
    takes: ['domain', 'namespace'],
    needs: { domain: 'Write the domain of the tenant, for example acme.eu.auth0.com.' },
    fill: ({ domain, namespace }) => {
      const issuer = `https://${domain ?? ''}/`;
      const origins = [{ issuer, keyUrl: `${issuer}.well-known/jwks.json` }];
      if (namespace === null) return { origins, claims: people({}) };
      const custom = (name: string) => oneName(`${namespace.replace(/\/+$/, '')}/${name}`);
      const claims = {
        ...people({ roles: plainClaim(custom('roles')), teamIds: plainClaim(custom('groups')) }),
        userEmail: plainClaim(custom('email'), 'email'),
      };
      return { origins, claims };
    },
  },
  google: {
    takes: ['hosted_domains'],
    needs: {},
    fill: ({ hosted_domains: hostedDomains }) => ({
      origins: [
        {
          issuer: 'https://accounts.google.com',
          keyUrl: 'https://www.googleapis.com/oauth2/v3/certs',
        },
      ],
      claims: people({}),
      isAudienceRequired: true,
      boundClaims: bound('hd', hostedDomains),
    }),
  },
  'github-actions': {
    takes: ['owners', 'repositories'],
    needs: {},
    fill: ({ owners, repositories }) => ({
      origins: [{ issuer: GITHUB, keyUrl: `${GITHUB}/.well-known/jwks` }],
      isWorkload: true,
      isAudienceRequired: true,
      principal: 'repo:{repository}:{ref}',
      requiredClaims: ['repository', 'ref'],
      boundClaims: [...bound('repository_owner', owners), ...bound('repository', repositories)],
    }),
  },
  gitlab: {
    takes: ['url', 'namespaces'],
    needs: {},
    fill: ({ url, namespaces }) => ({
      origins: [{ issuer: url ?? GITLAB, keyUrl: `${url ?? GITLAB}/oauth/discovery/keys` }],
      isWorkload: true,
      isAudienceRequired: true,
      principal: 'project_path:{project_path}:ref_type:{ref_type}:ref:{ref}',
      requiredClaims: ['project_path', 'ref_type', 'ref'],
      // A group stands for its subgroups too.
      boundClaims: bound(
        'namespace_path',
        namespaces?.flatMap((name) => [name, `${name}/*`]),
      ),
    }),
  },
  kubernetes: {
    takes: ['namespaces', 'cluster'],
    needs: {},
    fill: ({ namespaces, cluster }) => {
      const prefix = cluster === null ? 'system:serviceaccount' : `k8s:${cluster}`;
      return {
        isWorkload: true,
        isAudienceRequired: true,
        principal: `${prefix}:{${NAMESPACE_CLAIM}}:{${ACCOUNT_CLAIM}}`,
        requiredClaims: [NAMESPACE_CLAIM, ACCOUNT_CLAIM],
        boundClaims: bound(NAMESPACE_CLAIM, namespaces),
      };
    },
  },
  spiffe: {
    takes: ['trust_domain'],
    needs: { trust_domain: 'Write the trust domain, for example prod.example.com.' },
    fill: ({ trust_domain: trustDomain }) => {
      const domain = `spiffe://${trustDomain ?? ''}`;
      return {
        origins: [{ issuer: domain, keyUrl: null }],
        claims: { userId: plainClaim('sub') },
        isWorkload: true,
        isAudienceRequired: true,
        requiredClaims: ['sub', 'exp'],
        boundClaims: bound('sub', [`${domain}/*`]),
        acceptedTypes: ['jose'],
        // Those of JWT-SVID section 2.1.
        algorithms: ['RS', 'ES', 'PS'].flatMap((name) =>
          ['256', '384', '512'].map((size) => `${name}${size}`),
        ),
      };
    },
  },
};

/**
 * Returns the values of the entry's preset; none where the entry names no preset. Parameters of another preset, and
 * missing parameters, are problems.
 */
export function presetValuesOf(
  value: GatehouseIssuerValue,
  place: SettingPlace<GatehouseIssuerValue>,
): PresetValues {
  const preset = value.preset === null ? null : PRESETS[value.preset];
  for (const name of Object.keys(PRESET_FIELDS) as Parameter[])
    evaluateParameter(name, value, place);
  if (preset === null) return BASE;
  if (value.preset === 'github-actions' || isPublicGitlab(value)) requireBinding(value, place);
  if (value.preset === 'google') warnOfEverybody(value, place);
  return { ...BASE, ...preset.fill(value) };
}

function evaluateParameter(
  name: Parameter,
  value: GatehouseIssuerValue,
  place: SettingPlace<GatehouseIssuerValue>,
): void {
  const preset = value.preset === null ? null : PRESETS[value.preset];
  const where = place.at(name);
  const isGiven = value[name] !== null;
  if (isGiven && preset?.takes.includes(name) !== true)
    where.refuse('is a parameter of another preset', 'Remove it, or write the preset it is for.');
  const need = preset?.needs[name];
  // The trust domain is checked in the tokens of every issuer.
  const isReplaced = value.issuer !== null && name !== 'trust_domain';
  if (!isGiven && need !== undefined && !isReplaced) where.refuse('is missing', need);
}

/** Every user of the vendor can create a project there and choose the audience of its tokens. */
function requireBinding(
  value: GatehouseIssuerValue,
  place: SettingPlace<GatehouseIssuerValue>,
): void {
  const { owners, repositories, namespaces, bound_claims: boundClaims } = value;
  if ((owners ?? repositories ?? namespaces) !== null || boundClaims.length > 0) return;
  const key = value.preset === 'gitlab' ? 'namespaces' : 'owners';
  place
    .at(key)
    .refuse(
      'is missing: every project of that service could call',
      'Write whose projects may, or bound_claims.',
    );
}

function isPublicGitlab({ preset, url, issuer }: GatehouseIssuerValue): boolean {
  return preset === 'gitlab' && (issuer ?? url ?? GITLAB) === GITLAB;
}

function warnOfEverybody(
  { hosted_domains: hostedDomains, bound_claims: boundClaims }: GatehouseIssuerValue,
  place: SettingPlace<GatehouseIssuerValue>,
): void {
  if (hostedDomains === null && boundClaims.length === 0)
    place
      .at('hosted_domains')
      .warn('is not set: every Google account and every service account gets in');
}

function people(claims: {
  readonly roles?: ClaimField;
  readonly teamIds?: ClaimField;
}): Partial<ClaimFields> {
  const { roles, teamIds } = claims;
  return {
    userId: plainClaim('sub'),
    userEmail: plainClaim('email'),
    ...(roles === undefined ? {} : { roles, userRoles: roles }),
    ...(teamIds === undefined ? {} : { teamIds }),
  };
}

function bound(path: string, values: readonly string[] | null | undefined): readonly BoundClaim[] {
  return values === null || values === undefined ? [] : [{ path, values }];
}

/** A name as one level of a claim path, its dots escaped. */
function oneName(name: string): string {
  return name.replaceAll('.', String.raw`\.`);
}
