import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import type { TokenProblem } from './token-problem.js';

/** An issuer that the configuration trusts. */
export interface TrustedIssuer {
  /** What `iss` must be, exactly; `null` where the configuration does not say. */
  readonly issuer: string | null;
  /** What `aud` must be or contain; `null` leaves it unchecked. */
  readonly audience: string | null;
  /** Where its keys are, in the order in which they are tried. */
  readonly keyUrls: readonly string[];
}

/**
 * The trusted issuers of the settings: today the one that the `JWT_*` variables describe. What a
 * token says about its issuer before it is verified can only select one of them, never add one.
 */
@Injectable()
export class IssuerRegistry {
  /** @param settings where they are configured */
  constructor(private readonly settings: SettingsStore) {}

  /** Every trusted issuer; none while JWT authentication is off. */
  list(): readonly TrustedIssuer[] {
    const { enabled, issuer, audience, publicKeyUrls } = this.settings.current.jwt;
    if (!enabled || publicKeyUrls.length === 0) return [];
    return [{ issuer, audience, keyUrls: publicKeyUrls }];
  }

  /**
   * The issuer under whose keys and rules a token is to be verified.
   * @param iss the unverified `iss` of the token
   * @throws GatehouseError `issuer_unknown` when no entry is for it
   */
  select(iss: unknown): TrustedIssuer {
    const entry = this.list().find(({ issuer }) => issuer === null || issuer === iss);
    if (entry !== undefined) return entry;
    const context: TokenProblem = {
      problem: 'no configured issuer is the issuer of the token',
      configKey: 'JWT_ISSUER',
    };
    throw new GatehouseError('issuer_unknown', { context: { ...context } });
  }
}
