import {
  settingsFromYaml,
  type AccessSettings,
  type ClaimField,
  type ClaimFields,
  type IssuerSettings,
  type JwtSettings,
} from '#libs/config';

/** A field that reads these paths and changes nothing. */
export function aClaim(...paths: readonly string[]): ClaimField {
  return { paths, split: null, stripPrefix: null, regex: null, lower: false, map: null };
}

/** The fields of an empty configuration, with changes. */
export function claimFields(overrides: Partial<ClaimFields> = {}): ClaimFields {
  return { ...defaults.claims, ...overrides };
}

/** The global issuer of an empty configuration, with changes. */
export function anIssuer(overrides: Partial<IssuerSettings> = {}): IssuerSettings {
  const [only] = defaults.issuers;
  if (only === undefined) throw new Error('the configuration has no issuer');
  return { ...only, ...overrides };
}

/** Token settings as an empty configuration has them, with changes. */
export function jwtSettings(overrides: Partial<JwtSettings> = {}): JwtSettings {
  return { ...defaults, ...overrides };
}

/** What holds for every credential in an empty configuration, with changes. */
export function accessSettings(overrides: Partial<AccessSettings> = {}): AccessSettings {
  return { ...everybodys, ...overrides };
}

/** Settings whose every issuer reads its claims so. */
export function withClaims(settings: JwtSettings, claims: Partial<ClaimFields>): JwtSettings {
  const fields = { ...settings.claims, ...claims };
  return {
    ...settings,
    claims: fields,
    issuers: settings.issuers.map((issuer) => ({ ...issuer, claims: fields })),
  };
}

const { jwt: defaults, access: everybodys } = settingsFromYaml(
  'general_settings: { enable_jwt_auth: true }',
  { JWT_PUBLIC_KEY_URL: 'http://127.0.0.1:9/jwks' },
);
