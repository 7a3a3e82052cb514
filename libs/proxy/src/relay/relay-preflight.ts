import { Injectable } from '@nestjs/common';
import type { AdmittedCall, HandlerPreflight } from '#libs/access';
import { isGatehouseError, type GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { CostAdmission, DeploymentAdmission, PriceBook, type Billing } from '#libs/spend';
import { endpointOf } from '../endpoints/index.js';
import { requireModelName } from '../endpoints/relay-request.js';
import { UNKNOWN_SIZE } from './call-size.js';
import { costRequestOf } from './cost-request.js';
import { requireCallableGroup } from '../models/callable-models.js';
import { getGroup } from '../routing/model-groups.js';
import type { ModelGroup } from '../routing/model-registry.js';
import { servingGroup } from '../routing/serving-group.js';

const ONE_MODEL = /^\/models\/([^/]+)$/;

/** The deployments that a call may try, and what is billed there. */
interface ServedCall {
  readonly group: ModelGroup;
  readonly billing: Billing;
}

/** Says what the relay would refuse, by the functions that the relay itself uses. Calls no upstream and reserves no cost. */
@Injectable()
export class RelayPreflight implements Pick<HandlerPreflight, 'evaluate'> {
  /**
   * @param settings the configuration of the moment
   * @param priceBook which deployments have a price
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
    private readonly costs: CostAdmission,
    private readonly deployments: DeploymentAdmission,
  ) {}

  /**
   * Evaluates the model and the cost of a call, on the routes of the relay. Its size is not known, so the cost is that
   * of a call without a bound on its output.
   * @param call a call that the guards have let pass
   * @returns `request_invalid`, `model_unknown`, `operation_unsupported`, `no_deployment_available`, `price_unknown`, `not_found`, the refusal
   * of all deployments or of the cost admission, or `null`
   */
  async evaluate(call: AdmittedCall): Promise<GatehouseError | null> {
    try {
      const served = this.requireServed(call);
      if (served === null) return null;
      const { access } = call;
      const settings = this.settings.current;
      const terms = { access, settings, size: UNKNOWN_SIZE, ...served };
      const request = costRequestOf(terms, this.priceBook);
      const refusal = await this.deployments.refusal(request);
      return refusal ?? (await this.costs.wouldRefuse(request));
    } catch (error) {
      if (isGatehouseError(error)) return error;
      throw error;
    }
  }

  /** Returns what a call may try; `null` for a route that calls none. */
  private requireServed({ route, access, body }: AdmittedCall): ServedCall | null {
    const { method, path } = route;
    const settings = this.settings.current;
    const endpoint = method === 'POST' ? endpointOf(path) : null;
    if (endpoint !== null) {
      const { billing } = endpoint;
      const model = requireModelName(route.model ?? body?.value('model'));
      const terms = { access, settings, endpoint, inputTokens: null };
      const group = servingGroup(getGroup(model, settings), terms, this.priceBook);
      if (isGatehouseError(group)) throw group;
      return { group, billing };
    }
    const named = method === 'GET' ? ONE_MODEL.exec(path)?.[1] : undefined;
    const { priceBook } = this;
    if (named !== undefined)
      requireCallableGroup(decodeURIComponent(named), access, { settings, priceBook });
    return null;
  }
}
