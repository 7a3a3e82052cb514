import { Injectable, Optional } from '@nestjs/common';
import { HandlerPreflight, routeGroupsOf, withoutAzure, type HandlerAccess } from '#libs/access';
import { isGatehouseError, newDecisionId, newRequestId } from '#libs/common';
import { SettingsStore, type Settings } from '#libs/config';
import { CostAdmission } from '#libs/spend';
import { mayHaveBody } from '../body/body-intake.js';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { AccessDecision, type CallerSource } from '../call/access-decision.js';
import {
  decisionRecord,
  keptDecision,
  type CallEnding,
  type DecisionRecord,
} from '../decisions/decision-record.js';

/** A call to explain. */
export interface ExplainedCall {
  /**
   * Who calls: a credential as it would stand behind `Bearer`, or claims that are taken for
   * verified.
   */
  readonly caller: Exclude<CallerSource, { readonly kind: 'headers' }>;
  readonly method: string;
  readonly route: string;
  /** Members of its body; not looked at where the method has none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

interface UnguardedEnding extends CallEnding {
  readonly detail: string;
}

const OK: CallEnding = { status: 200, reason: null };
/** The endings of calls that no guarded handler receives. */
const UNGUARDED: Readonly<Record<Exclude<HandlerAccess, 'guarded'>, UnguardedEnding>> = {
  open: { ...OK, detail: 'the route needs no credential' },
  none: { status: 404, reason: 'not_found', detail: 'no such route' },
  'other-method': {
    status: 405,
    reason: 'method_not_allowed',
    detail: 'the path is not served for this method',
  },
};

/**
 * Explains what would happen to a call. Runs the same pipeline as the guards, then evaluates what
 * the handler would refuse. Writes nothing: planned rows are not made, the decision is not kept, no
 * upstream is called.
 */
@Injectable()
export class AccessExplainer {
  /**
   * @param settings model names for the decision record
   * @param costs remaining budgets for the decision record
   * @param forecast the handlers; without it only the guards are evaluated
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
    private readonly costs: CostAdmission,
    @Optional() private readonly forecast?: HandlerPreflight,
  ) {}

  /** Evaluates a call. A refusal or an unavailable dependency is returned, not thrown. */
  async explain(explained: ExplainedCall): Promise<DecisionRecord> {
    const call = this.callOf(explained);
    const { method, target } = call.request;
    if (call.route !== null) {
      call.requiredRole = this.forecast?.requiredRoleOf(call.route) ?? null;
    }
    const reception = this.forecast?.receptionOf(method, target) ?? 'guarded';
    if (reception === 'guarded') {
      await this.evaluate(call);
      return this.recordOf(call, await this.handlerEnding(call));
    }
    const { detail, ...ending } = UNGUARDED[reception];
    if (reception !== 'open' && isListed(call.route)) {
      await this.evaluate(call);
      if (call.failure === null) return this.recordOf(call, ending);
    }
    // The live gateway runs no guard here either, so the record says nothing about the credential.
    const unevaluated = this.callOf(explained);
    unevaluated.trace.skipped('jwt-auth', detail);
    return { ...(await this.recordOf(unevaluated, ending)), allowed: reception === 'open' };
  }

  private callOf(explained: ExplainedCall): AccessDecision {
    return callOf(explained, this.settings.current);
  }

  private async evaluate(call: AccessDecision): Promise<void> {
    try {
      await this.pipeline.run(call);
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
    }
  }

  private recordOf(call: AccessDecision, ending: CallEnding): Promise<DecisionRecord> {
    return decisionRecord(keptDecision(call, ending), this.settings.current, this.costs);
  }

  private async handlerEnding({
    route,
    access,
    failure,
    body,
    trace,
  }: AccessDecision): Promise<CallEnding> {
    if (route === null || access === null || failure !== null) return OK;
    const refusal = (await this.forecast?.evaluate({ route, access, body, trace })) ?? null;
    if (refusal !== null) trace.refusedByLimit(refusal);
    return refusal === null ? OK : { status: refusal.status, reason: refusal.code };
  }
}

function callOf(explained: ExplainedCall, { passThrough, router }: Settings): AccessDecision {
  const call = new AccessDecision(
    {
      requestId: newRequestId(),
      clientRequestId: null,
      decisionId: newDecisionId(),
      method: explained.method,
      target: withoutAzure(explained.route, passThrough),
      headers: lowerCaseNames(explained.headers),
      remoteAddress: undefined,
      source: explained.caller,
    },
    passThrough.endpoints,
    router.forcedModels,
  );
  const members = new Map(Object.entries(explained.body));
  if (mayHaveBody(explained.method)) call.body = { value: (name) => members.get(name) };
  return call;
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/**
 * A route that lists of routes know although nothing serves it yet: what the guards say of it is
 * worth knowing.
 */
function isListed(route: AccessDecision['route']): boolean {
  return route !== null && routeGroupsOf(route).length > 0;
}
