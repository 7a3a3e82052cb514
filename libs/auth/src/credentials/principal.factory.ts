import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { SettingsStore } from '#libs/config';
import { LogoutInquiryService } from './logout-inquiry.service.js';
import { tracePrincipal } from './principal-trace.js';
import { TokenKeyMappingService } from './token-key-mapping.service.js';
import { RevocationList } from '../revocation/revocation-list.service.js';
import { mapClaims } from '../claims/claims-mapping.js';
import { CustomValidationService } from '../claims/custom-validation.service.js';
import { GroupOverageService } from '../claims/group-overage.service.js';
import type { ProvenClaims } from '../claims/proven-claims.js';

/**
 * Makes the principal of every credential that consists of claims. The steps in order: groups that
 * a token only points at, `custom_validate`, the claim mapping with roles and principal template,
 * revocations, the virtual key that the token is mapped to. Nothing is written.
 */
@Injectable()
export class PrincipalFactory {
  /**
   * @param settings decide how claims are mapped
   * @param validation the operator's own check
   * @param logouts introspects tokens of the second of a logout
   * @param keys the mappings from tokens to virtual keys
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly validation: CustomValidationService,
    private readonly overage: GroupOverageService,
    private readonly logouts: LogoutInquiryService,
    private readonly revocations: RevocationList,
    private readonly keys: TokenKeyMappingService,
  ) {}

  /**
   * Returns the principal that proven claims identify; frozen.
   * @throws GatehouseError `groups_unresolved`, `token_invalid` or `policy_denied` by
   *   `custom_validate`, `token_revoked`, `auth_provider_unavailable`, and every refusal of the
   *   mapping to a virtual key
   */
  async make(proven: ProvenClaims, trace: DecisionTrace): Promise<Principal> {
    const { jwt } = this.settings.current;
    const completed = this.overage.withGroups(proven, trace);
    const claims = completed instanceof Promise ? await completed : completed;
    const validation = this.validation.validate(claims, trace);
    if (validation instanceof Promise) await validation;
    const principal = mapClaims({ ...proven, claims }, jwt);
    tracePrincipal(principal, proven, jwt, trace);
    const confirmed = this.logouts.confirmed(principal, proven);
    const caller = confirmed instanceof Promise ? await confirmed : confirmed;
    const revocations = this.revocations.refuseRevoked(caller);
    if (revocations instanceof Promise) await revocations;
    const mapped = this.keys.mapped(caller, trace);
    return (mapped instanceof Promise ? await mapped : mapped) ?? caller;
  }
}
