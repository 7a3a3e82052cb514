import { Injectable } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { CostAdmission, DeploymentAdmission, PriceBook, type CostRequest } from '#libs/spend';
import type { Operation } from '../endpoints/endpoint.js';
import { groupForEndUser } from '../routing/end-user-group.js';
import { getCallableGroup, getGroup } from '../routing/model-groups.js';
import { callOriginOf } from './call-origin.js';
import { sizeOf } from './call-size.js';
import { costRequestOf, outputLimiterOf } from './cost-request.js';
import type { PlannedCall, RelayCall, ReservedCall } from './relay-call.js';
import { UpstreamBodies } from './upstream-bodies.js';

/** Evaluates a call for every reason to refuse it, before anything is written or sent. */
@Injectable()
export class CallPlanningService {
  /**
   * @param settings the configuration of the moment
   * @param priceBook which deployments have a price
   * @param costs admits the cost of the call
   * @param deployments knows which of them are at a limit
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
    private readonly costs: CostAdmission,
    private readonly deployments: DeploymentAdmission,
  ) {}

  /**
   * Returns what is to be done for a call.
   * @throws GatehouseError `request_invalid`, `model_not_allowed`, `model_unknown`, `price_unknown`,
   * `no_deployment_available`
   */
  plan(endpoint: Operation, call: RelayCall): PlannedCall {
    const { access, state, client } = call;
    client.setHeader('x-litellm-call-id', access.requestId);
    const settings = this.settings.current;
    const request = endpoint.read(state.scan, call.pathModel);
    // The guards have evaluated the model already; the relay does not depend on their wiring.
    if (!access.models.mayUse(request.model)) throw new GatehouseError('model_not_allowed');
    const known =
      call.destination?.group ??
      groupForEndUser(getGroup(request.model, settings), access, settings);
    state.log['model'] = known.name;
    const group = getCallableGroup(known, { settings, billing: endpoint.billing }, this.priceBook);
    const bodies = new UpstreamBodies(endpoint, request);
    const origin = callOriginOf(call.headers, access.tags);
    return { ...call, endpoint, settings, request, origin, bodies, group };
  }

  /**
   * Reserves the cost of a planned call. The caller must release the reservation exactly once.
   * @throws GatehouseError `rate_limited` when every deployment is at a limit, the refusal of the cost admission
   */
  admit(planned: PlannedCall): ReservedCall | Promise<ReservedCall> {
    const { access, group, settings, endpoint } = planned;
    const { billing } = endpoint;
    const terms = { access, group, settings, size: sizeOf(planned), billing };
    const request = costRequestOf(terms, this.priceBook);
    const limited = { ...planned, outputLimitAt: outputLimiterOf(terms, this.priceBook) };
    const refusal = this.deployments.refusal(request);
    return refusal instanceof Promise
      ? refusal.then((error) => this.admitUnless(error, limited, request))
      : this.admitUnless(refusal, limited, request);
  }

  private admitUnless(
    refusal: GatehouseError | null,
    planned: Omit<ReservedCall, 'cost'>,
    request: CostRequest,
  ): ReservedCall | Promise<ReservedCall> {
    if (refusal !== null) throw refusal;
    const admitted = this.costs.admit(request);
    return admitted instanceof Promise
      ? admitted.then((cost) => ({ ...planned, cost }))
      : { ...planned, cost: admitted };
  }
}
