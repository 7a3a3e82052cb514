import { Injectable } from '@nestjs/common';
import { DecisionTrace, type GuardName, type Principal } from '#libs/access';
import { isGatehouseError, type GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { Authenticator } from '../credentials/authenticator.js';
import { JwtResolver } from '../credentials/jwt.resolver.js';
import { tokenProblemOf } from '../failures/token-error.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';
import { ANONYMOUS, isPublicRoute } from '../policy/granted-routes.js';
import type { AccessStep } from './access-step.js';
import type { AccessDecision } from '../call/access-decision.js';

/** Establishes who is calling. Afterwards `call.principal` is set. The credentials' own code writes the trace. */
@Injectable()
export class JwtAuthStep implements AccessStep {
  readonly guard: GuardName = 'jwt-auth';

  /**
   * @param authenticator turns a credential into a principal
   * @param tokens turns claims into one
   * @param settings the routes that need no credential
   */
  constructor(
    private readonly authenticator: Authenticator,
    private readonly tokens: JwtResolver,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Authenticates the caller from its headers or, for an explanation, from the stated token or claims.
   * On a public route a caller that cannot be authenticated is {@link ANONYMOUS}.
   * @param call a call that no step has evaluated yet
   * @throws GatehouseError any 401 code, `auth_provider_unavailable`, and what the mapping of claims refuses
   */
  evaluate(call: AccessDecision): void | Promise<void> {
    const { route, trace } = call;
    const isOpen = route !== null && isPublicRoute(this.settings.current.access, route);
    const principal = isOpen ? this.principalOrAnybody(call) : this.principalOf(call, trace);
    if (principal instanceof Promise) {
      return principal.then((caller) => {
        call.principal = caller;
      });
    }
    call.principal = principal;
  }

  /**
   * A valid credential counts on public routes too. An invalid one counts as none: client libraries
   * always send one, and an identity provider that is down must not close a route that does not need
   * it.
   */
  private async principalOrAnybody(call: AccessDecision): Promise<Principal> {
    const attempt = new DecisionTrace(call.trace.decisionId);
    try {
      const principal = await this.principalOf(call, attempt);
      call.trace.steps.push(...attempt.steps);
      return principal;
    } catch (error) {
      if (!isGatehouseError(error) || !isUnproven(error)) throw error;
      const detail = `the caller is anonymous (${error.code}), and the route needs no credential`;
      const isEndpoint = call.route?.endpoint !== undefined;
      const configKey = isEndpoint ? CONFIG_KEYS.passThroughEndpoints : CONFIG_KEYS.publicRoutes;
      call.trace.passed(this.guard, detail, configKey);
      return ANONYMOUS;
    }
  }

  private principalOf(call: AccessDecision, trace: DecisionTrace): Principal | Promise<Principal> {
    const { source, headers, remoteAddress, target } = call.request;
    const { route } = call;
    switch (source.kind) {
      case 'headers':
        return this.authenticator.authenticate(headers, { remoteAddress, target, route }, trace);
      case 'token':
        return this.authenticator.authenticateToken(source.token, route, trace);
      case 'claims':
        return this.principalOfClaims(source.claims, trace);
    }
  }

  private async principalOfClaims(
    claims: Readonly<Record<string, unknown>>,
    trace: DecisionTrace,
  ): Promise<Principal> {
    trace.passed(this.guard, 'the claims are taken for those of a verified token');
    try {
      return await this.tokens.resolveClaims(claims, trace);
    } catch (error) {
      if (isGatehouseError(error)) {
        const { problem, configKey } = tokenProblemOf(error);
        trace.refused(this.guard, error.code, problem, configKey);
      }
      throw error;
    }
  }
}

/** Tells whether the caller was not identified. Other errors refuse a known caller or are defects. */
function isUnproven({ status, code }: GatehouseError): boolean {
  return status === 401 || code === 'auth_provider_unavailable';
}
