import {
  DecisionTrace,
  requestedRoute,
  type AccessContext,
  type GuardName,
  type Principal,
  type RequestedRoute,
} from '#libs/access';
import { isGatehouseError, type ErrorCode } from '#libs/common';

/** How the caller's identity is learnt: from the headers of a request, or as an administrator states it. */
type CallerSource =
  { readonly kind: 'headers' } | { readonly kind: 'token'; readonly token: string };

/** Headers with every value that was sent, names in lower case: `request.headersDistinct`. */
export type CallHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What is asked, apart from the body. */
export interface CallRequest {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly decisionId: string;
  readonly method: string;
  /** Request target as received, query included. */
  readonly target: string;
  readonly headers: CallHeaders;
  readonly remoteAddress: string | undefined;
  readonly source: CallerSource;
}

/** The top-level members of a JSON body; a `JsonObjectScan` is one. */
export interface BodyMembers {
  /**
   * The parsed value of one member, `undefined` when it is absent.
   * @param name member name
   */
  value(name: string): unknown;
}

/** Why and as what a call was turned away. */
export interface CallFailure {
  readonly code: ErrorCode;
  readonly status: number;
}

/**
 * One call on its way through the pipeline: what is asked, and what has been decided so far. Steps write to it, in
 * the order of {@link GuardName}; guards and explain read the outcome.
 */
export class JudgedCall {
  readonly trace: DecisionTrace;
  /** `null` when the target is not in normal form, so that no list can cover it. */
  readonly route: RequestedRoute | null;
  /** Set once the body was read; `null` for calls without one. */
  body: BodyMembers | null = null;
  /** Set by the jwt-auth step. */
  principal: Principal | null = null;
  /** Names of groups, paths and patterns that the caller holds; narrowed down by the tenancy step. */
  allowedRoutes: readonly string[] = [];
  /** Set by the tenancy step. */
  access: AccessContext | null = null;
  /** Set when a step refused or failed. */
  failure: CallFailure | null = null;

  /** @param request what is asked */
  constructor(readonly request: CallRequest) {
    this.trace = new DecisionTrace(request.decisionId);
    this.route = requestedRoute(request.method, request.target);
  }

  /**
   * The verified caller.
   * @throws TypeError before the jwt-auth step has passed, which is a wiring defect
   */
  get verified(): Principal {
    if (this.principal === null) throw new TypeError('the caller has not been authenticated');
    return this.principal;
  }

  /**
   * Notes how a step ended the call, in the trace too unless the step itself wrote its refusal there.
   * @param guard the step that threw
   * @param error what it threw; anything but a GatehouseError is a defect
   */
  fail(guard: GuardName, error: unknown): void {
    const code = isGatehouseError(error) ? error.code : 'internal_error';
    this.failure = { code, status: isGatehouseError(error) ? error.status : 500 };
    const last = this.trace.steps.at(-1);
    if (last?.guard === guard && last.outcome === 'refused') return;
    this.trace.refused(guard, code, isGatehouseError(error) ? error.message : 'a defect');
  }
}
