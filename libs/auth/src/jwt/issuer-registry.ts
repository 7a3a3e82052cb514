import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { SettingsStore, type IssuerSettings } from '#libs/config';
import { issuerProblem } from './issuer-difference.js';
import { isOfTrustDomain } from './trust-domain.js';

/**
 * The trusted issuers. A token's unverified `iss` may select one of them and nothing else: no
 * address is ever made from a token (RFC 8725 section 3.8).
 */
@Injectable()
export class IssuerRegistry {
  /** @param settings where they are configured */
  constructor(private readonly settings: SettingsStore) {}

  /** Every trusted issuer; none while JWT authentication is off. */
  list(): readonly IssuerSettings[] {
    const { enabled, issuers } = this.settings.current.jwt;
    return enabled ? issuers : [];
  }

  /**
   * The issuer under whose keys and rules a token is to be verified: the first whose `issuer` it names exactly.
   * JWT-SVIDs need not have `iss`; their trust domain stands in `sub` and selects a SPIFFE entry.
   * @param iss the unverified `iss` of the token
   * @param subject the unverified `sub` of the token
   * @throws GatehouseError `issuer_unknown` when no entry is for it
   */
  select(iss: unknown, subject?: unknown): IssuerSettings {
    const entry = this.list().find(
      (one) => one.issuer === null || one.issuer === iss || isOfTrustDomain(one, iss, subject),
    );
    if (entry !== undefined) return entry;
    const fallbackKey = this.list().at(-1)?.isGlobal === true ? 'JWT_ISSUER' : null;
    const { remedy, ...problem } = issuerProblem(iss, this.list(), fallbackKey);
    const context = { ...problem, ...(remedy === null ? {} : { remedy }) };
    throw new GatehouseError('issuer_unknown', { context });
  }
}
