import type { IssuerSettings } from '#libs/config';

/** Paths of the settings of an issuer that a token can be refused for. */
export interface IssuerKeys {
  readonly issuer: string;
  readonly audience: string;
  readonly requiredClaims: string;
  readonly boundClaims: string;
}

/** Returns the paths of the settings of an entry; the variables `JWT_ISSUER` and `JWT_AUDIENCE` make the global one. */
export function issuerKeysOf({
  isGlobal,
  configPath,
}: Pick<IssuerSettings, 'isGlobal' | 'configPath'>): IssuerKeys {
  return {
    issuer: isGlobal ? 'JWT_ISSUER' : `${configPath}.issuer`,
    audience: isGlobal ? 'JWT_AUDIENCE' : `${configPath}.audience`,
    requiredClaims: `${configPath}.required_claims`,
    boundClaims: `${configPath}.bound_claims`,
  };
}
