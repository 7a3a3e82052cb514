import { Injectable } from '@nestjs/common';
import type { DecisionTrace, Principal } from '#libs/access';
import { Clock, GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { KeyMappingsService, KeysService, type KeyMappingSnapshot } from '#libs/keys';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { runningAs } from './key-principal.js';
import { refuseUnusableKey } from './key-status.js';
import { keyClaimOf, mappingFor, type KeyClaim } from '../claims/virtual-key-field.js';

/**
 * Resolves the virtual keys that tokens are mapped to (`docs/how-to/issue-virtual-keys.md`). It
 * reads from memory once it is warm, and writes nothing: the tenancy step plans the key that
 * `auto_register` makes.
 */
@Injectable()
export class TokenKeyMappingService {
  /**
   * @param settings hold the claim, and what happens to tokens without a mapping
   * @param mappings mappings of tokens to keys
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly mappings: KeyMappingsService,
    private readonly keys: KeysService,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the principal that a token runs as; `null` for a token without a mapping, which
   * includes every token if no claim is configured for its issuer. A mapping that is switched off
   * has no effect, except that no key is registered in its place.
   * @throws GatehouseError `key_blocked`, `key_expired` for the key; `policy_denied` for a token
   *   that must have a key and has none; `database_unavailable` if the result is not in memory
   */
  mapped(principal: Principal, trace: DecisionTrace): null | Promise<Principal | null> {
    const claim = keyClaimOf(principal, this.settings.current.jwt);
    return claim === null ? null : this.mappedBy(claim, principal, trace);
  }

  private async mappedBy(
    claim: KeyClaim,
    principal: Principal,
    trace: DecisionTrace,
  ): Promise<Principal | null> {
    const { whenUnregistered } = this.settings.current.jwt.keyMapping;
    const { held } = claim;
    const shown = claim.paths.join(' or ');
    if (held === null) {
      if (whenUnregistered !== 'fallback_team_mapping') {
        throw unregistered(`the claim ${shown} holds no id`);
      }
      trace.skipped('jwt-auth', `no key: the claim ${shown} holds no id`, CONFIG_KEYS.virtualKey);
      return null;
    }
    const mapping = mappingFor(await this.mappings.of(held.value), held.name, principal.issuer);
    if (mapping?.isActive === true) return this.runAs(principal, mapping, trace);
    const isNew = mapping === null && whenUnregistered === 'auto_register';
    const found = mapping === null ? 'is mapped to no key' : 'has a mapping that is switched off';
    const detail = `the value of the claim ${shown} ${found}`;
    if (!isNew && whenUnregistered !== 'fallback_team_mapping') throw unregistered(detail);
    trace.skipped('jwt-auth', detail, CONFIG_KEYS.unregisteredClient);
    return null;
  }

  private async runAs(
    principal: Principal,
    mapping: KeyMappingSnapshot,
    trace: DecisionTrace,
  ): Promise<Principal> {
    const key = await this.keys.find(mapping.keyId);
    // The key and its mapping were deleted a moment ago: the next request finds neither.
    if (key === null) throw new GatehouseError('key_unknown');
    refuseUnusableKey(key, this.clock.nowMs());
    trace.passed(
      'jwt-auth',
      `the token runs as virtual key ${mapping.keyId} (claim ${mapping.claimName})`,
      CONFIG_KEYS.virtualKey,
    );
    return runningAs(principal, key);
  }
}

function unregistered(problem: string): GatehouseError {
  return new GatehouseError('policy_denied', {
    message: 'This client is not registered here. Ask an administrator for a key mapping.',
    context: { problem, configKey: CONFIG_KEYS.unregisteredClient },
  });
}
