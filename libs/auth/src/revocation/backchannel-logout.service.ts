import { Injectable, Logger } from '@nestjs/common';
import { PROVISIONING_ACTOR } from '#libs/audit';
import { Clock, GatehouseError, isGatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { tokenProblemOf } from '../failures/token-error.js';
import { LogoutTokenVerifier } from './logout-token-verifier.js';
import type { Logout } from './logout-token.js';
import { RevocationsService, type NewRevocation } from './revocations.service.js';

/** Longer than the usual lifetime of access tokens; a configured maximum age replaces it. */
const DEFAULT_LIFE_SECONDS = 24 * 60 * 60;

/** Turns logout tokens of identity providers into revocations. */
@Injectable()
export class BackchannelLogoutService {
  private readonly logger = new Logger('BackchannelLogout');

  /** @param settings hold the maximum age of access tokens */
  constructor(
    private readonly verifier: LogoutTokenVerifier,
    private readonly revocations: RevocationsService,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Processes a posted logout token, and logs the reason of a refusal. The reason contains no
   * claim's value, and is not shown to the caller. When this resolves, the tokens of the session,
   * or all tokens of the subject up to now, are refused here; within a second they are refused on
   * every replica, and running streams have ended.
   * @param posted the token, or why the request has none
   * @throws GatehouseError `request_invalid` for a token that does not verify or was used before,
   *   `auth_provider_unavailable`, `database_unavailable`
   */
  async logOut(posted: Promise<string>): Promise<void> {
    try {
      await this.act(await this.verified(await posted));
    } catch (error) {
      if (isGatehouseError(error) && error.status < 500) this.logRefusal(error);
      throw error;
    }
  }

  private async act(logout: Logout): Promise<void> {
    const { issuer, subject } = logout;
    const actor = { ...PROVISIONING_ACTOR, issuer, subject };
    const isNew = await this.revocations.addOnce(
      this.spentToken(logout),
      this.endedBy(logout),
      actor,
    );
    if (!isNew) throw refused('the logout token was used before');
  }

  private logRefusal(error: GatehouseError): void {
    const { problem, configKey } = tokenProblemOf(error);
    const setting = configKey === null ? '' : ` (${configKey})`;
    this.logger.warn(`refused a back-channel logout: ${problem}${setting}`);
  }

  private async verified(token: string): Promise<Logout> {
    try {
      return await this.verifier.verify(token);
    } catch (error) {
      // The specification knows 400 alone for refused tokens (section 2.8); an outage stays an outage.
      if (isGatehouseError(error) && error.status === 401) throw refused(error.code, error);
      throw error;
    }
  }

  /** The logout token itself is revoked, so that no replica accepts it again while it verifies. */
  private spentToken({ issuer, tokenId, expiresAt }: Logout): NewRevocation {
    const { clockToleranceSeconds } = this.settings.current.jwt;
    return {
      ...BY_LOGOUT,
      kind: 'token',
      issuer,
      value: tokenId,
      issuedBefore: null,
      expiresAt: dateOf(expiresAt + clockToleranceSeconds + 1),
    };
  }

  /**
   * If a session is named, it ends alone. Tokens without a session may belong to it, so those of
   * the subject are revoked too. Without a named session all of the subject's tokens are revoked,
   * but not the subject, which may log in again.
   */
  private endedBy({ issuer, subject, sessionId, issuedAt }: Logout): readonly NewRevocation[] {
    const common = { ...BY_LOGOUT, issuer, expiresAt: this.end() };
    const issuedBefore = endOfLogout(issuedAt);
    const ended: NewRevocation[] = [];
    if (sessionId !== null) {
      ended.push({ ...common, kind: 'session', value: sessionId, issuedBefore: null });
    }
    if (subject !== null) {
      const kind = sessionId === null ? 'issued_before' : 'sessionless';
      ended.push({ ...common, kind, value: subject, issuedBefore });
    }
    return ended;
  }

  private end(): Date {
    const { maxTokenAgeSeconds, clockToleranceSeconds } = this.settings.current.jwt;
    const lifeSeconds = maxTokenAgeSeconds ?? DEFAULT_LIFE_SECONDS;
    return new Date(this.clock.nowMs() + (lifeSeconds + clockToleranceSeconds + 1) * 1_000);
  }
}

const BY_LOGOUT = { source: 'logout', note: null, createdBy: null } as const;

/**
 * Times of issue are mostly integers, so the same second counts as before the logout; a new login
 * within it is recognised otherwise (`docs/adr/0014-revocation.md`). A time with a fraction is
 * exact: it orders the logout and tokens whose times have fractions.
 */
function endOfLogout(issuedAt: number): Date {
  return Number.isInteger(issuedAt) ? dateOf(issuedAt + 1) : new Date(Math.ceil(issuedAt * 1_000));
}

function dateOf(seconds: number): Date {
  return new Date(seconds * 1_000);
}

function refused(problem: string, cause?: GatehouseError): GatehouseError {
  return new GatehouseError('request_invalid', {
    param: 'logout_token',
    message: 'The logout token is not accepted.',
    context: { problem, ...cause?.context },
  });
}
