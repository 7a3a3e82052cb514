import {
  DecisionTrace,
  routeAmongEndpoints,
  withForcedModel,
  type AccessContext,
  type ConfiguredEndpoint,
  type ForcedModels,
  type GuardName,
  type ModelGrant,
  type Principal,
  type RequestedRoute,
  type RequiredRole,
  Withdrawal,
  isModelRoute,
  prefixCallOf,
  prefixModelOf,
} from '#libs/access';
import { GatehouseError, isGatehouseError, type ErrorCode } from '#libs/common';
import { refusalError, type Refusal } from '../failures/refusal.js';
import { NO_GRANTED_ROUTES, type GrantedRoutes } from '../policy/granted-routes.js';
import type { RowHolder } from '../revocation/revocable-calls.js';

/**
 * Where the caller's identity comes from: the headers of a request, or, for an explanation, a
 * stated token or stated claims, which count as if a trusted issuer had signed them.
 */
export type CallerSource =
  | { readonly kind: 'headers' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'claims'; readonly claims: Readonly<Record<string, unknown>> };

/** Headers with every value that was sent, names in lower case: `request.headersDistinct`. */
export type CallHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The request of a call, without its body. */
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
  /** The parsed value of one member, `undefined` when it is absent. */
  value(name: string): unknown;
}

/** Replaces an error that is not a {@link GatehouseError}, so that no trace shows its content. */
const DEFECT = new GatehouseError('internal_error', { message: 'a defect' });

/** Code and HTTP status with which a call was refused. */
export interface CallFailure {
  readonly code: ErrorCode;
  readonly status: number;
}

/**
 * One call in the pipeline: its request and the decisions so far. Steps write to it, in the order
 * of {@link GuardName}; guards and explanations read the result.
 */
export class AccessDecision {
  readonly trace: DecisionTrace;
  /** `null` when the target is not in normal form, so that no list can cover it. */
  readonly route: RequestedRoute | null;
  /**
   * Role that the handler declares with `@Permission()`; `null` where it declares none or there is
   * no handler.
   */
  requiredRole: RequiredRole | null = null;
  /** Set once the body was read; `null` for calls without one. */
  body: BodyMembers | null = null;
  /** Set by the jwt-auth step. */
  principal: Principal | null = null;
  /** What the credential itself opens; since the tenancy step, what the caller holds. */
  routes: GrantedRoutes = NO_GRANTED_ROUTES;
  /** Models that the caller may use; set by the tenancy step, also where it then refuses. */
  models: ModelGrant | null = null;
  /** Set by the tenancy step when it admits. */
  access: AccessContext | null = null;
  /** Whether the steps behind jwt-auth were taken from the memory of the same call. */
  isRepeated = false;
  /** Whose rows were there when the tenancy step looked for them. */
  evaluatedRows: ReadonlySet<RowHolder> = new Set();
  /** Tells when the access is taken back while the request runs. */
  readonly withdrawal = new Withdrawal();
  /** The row, or its alias, that stands in the way of a refused call; `null` where none does. */
  obstacle: string | null = null;
  private ending: GatehouseError | null = null;

  /**
   * @param endpoints endpoints of the configuration
   * @param forced models that it forces on calls
   */
  constructor(
    readonly request: CallRequest,
    endpoints: readonly ConfiguredEndpoint[] = [],
    forced: ForcedModels = {},
  ) {
    this.trace = new DecisionTrace(request.decisionId);
    const route = routeAmongEndpoints(request.method, request.target, endpoints);
    this.route = route === null ? null : withForcedModel(route, forced);
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
   * The access that the tenancy step granted.
   * @throws TypeError before the tenancy step has passed, which is a wiring defect
   */
  get admitted(): AccessContext {
    if (this.access === null) throw new TypeError('the tenancy step left no access context');
    return this.access;
  }

  /** Code and status with which a step refused or failed; `null` while none did. */
  get failure(): CallFailure | null {
    return this.ending === null ? null : { code: this.ending.code, status: this.ending.status };
  }

  /**
   * The error with which a step refused or failed; `null` for a defect, whose content stays hidden.
   */
  get error(): GatehouseError | null {
    return this.ending === DEFECT ? null : this.ending;
  }

  /**
   * Notes how a step ended the call, in the trace too unless the step itself wrote its refusal
   * there.
   * @param guard the step that threw
   * @param error what it threw; anything but a GatehouseError is a defect
   */
  fail(guard: GuardName, error: unknown): void {
    const refusal = isGatehouseError(error) ? error : DEFECT;
    const { code, message } = refusal;
    this.ending = refusal;
    const last = this.trace.steps.at(-1);
    if (last?.guard === guard && last.outcome === 'refused') return;
    this.trace.refused(guard, code, message);
  }
}

/**
 * Writes a refusal into the trace of a call and ends the call with it. Without a refusal nothing
 * happens.
 * @param guard whose evaluation it is
 * @throws GatehouseError the code of the refusal
 */
export function refuseIf(
  call: Pick<AccessDecision, 'trace' | 'obstacle'>,
  guard: GuardName,
  refusal: Refusal | null,
): void {
  if (refusal === null) return;
  call.obstacle = refusal.obstacle ?? null;
  call.trace.refused(guard, refusal.code, refusal.detail, refusal.configKey);
  throw refusalError(refusal);
}

/**
 * Returns the model that a call names, `null` when it names none or its body has not been read yet.
 * A model in the path wins over the body's, as in the relay. The member `model` counts only on
 * routes that call models. A value that is not a non-empty string yields `null`; the tenancy step
 * refuses it. A call below the prefix of a provider whose model is not known yields the prefix; that of a configured endpoint
 * need not name one, because lists of routes open it.
 */
export function namedModel({ route, body }: Pick<AccessDecision, 'route' | 'body'>): string | null {
  if (route === null) return null;
  if (route.model !== null) return route.model;
  const stated = statedByPath(route);
  if (stated !== null) return stated;
  const model = isModelRoute(route) ? body?.value('model') : undefined;
  return typeof model === 'string' && model !== '' ? model : null;
}

/** Only a caller without a list of models may use the whole API of a provider, which its prefix stands for. */
function statedByPath(route: RequestedRoute): string | null {
  const below = prefixCallOf(route);
  if (below === null) return null;
  const source = prefixModelOf(below);
  if (source === null) return below.prefix;
  return source.kind === 'path' ? source.model : null;
}

/** Whether a member `model` of the body is not the model of the call. */
function isModelElsewhere(route: RequestedRoute): boolean {
  if (route.endpoint !== undefined) return true;
  const below = prefixCallOf(route);
  return below !== null && prefixModelOf(below)?.kind !== 'body';
}

/**
 * Refuses a call whose body gives another `model` than a non-empty string.
 * @throws GatehouseError `request_invalid`
 */
export function requireModelName({ route, body }: Pick<AccessDecision, 'route' | 'body'>): void {
  if (route?.model !== null || !isModelRoute(route) || isModelElsewhere(route)) return;
  const model = body?.value('model');
  if (model === undefined || (typeof model === 'string' && model !== '')) return;
  throw new GatehouseError('request_invalid', {
    param: 'model',
    message: 'The member "model" must be the name of one model.',
  });
}
