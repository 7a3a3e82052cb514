import { Injectable } from '@nestjs/common';
import type { AdmittedCall, HandlerPreflight } from '#libs/access';
import { isGatehouseError, type GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { PriceBook } from '#libs/spend';
import { endpointOf } from '../endpoints/index.js';
import { requireModelName } from '../endpoints/relay-request.js';
import { getCallableGroup, getGroup, getVisibleGroup } from '../routing/model-groups.js';

const ONE_MODEL = /^\/models\/([^/]+)$/;

/** Says what the relay would refuse, by the functions that the relay itself uses. Calls no upstream. */
@Injectable()
export class RelayPreflight implements Pick<HandlerPreflight, 'evaluate'> {
  /**
   * @param settings the configuration of the moment
   * @param priceBook which deployments have a price
   */
  constructor(
    private readonly settings: SettingsStore,
    private readonly priceBook: PriceBook,
  ) {}

  /**
   * Evaluates the model of a call, on the routes of the relay.
   * @param call a call that the guards have let pass
   * @returns `request_invalid`, `model_unknown`, `no_deployment_available`, `price_unknown`, `not_found` or `null`
   */
  evaluate(call: AdmittedCall): GatehouseError | null {
    try {
      this.requireServed(call);
      return null;
    } catch (error) {
      if (isGatehouseError(error)) return error;
      throw error;
    }
  }

  private requireServed({ route, models, body }: AdmittedCall): void {
    const { method, path } = route;
    const settings = this.settings.current;
    const endpoint = method === 'POST' ? endpointOf(path) : null;
    if (endpoint !== null) {
      const model = requireModelName(route.model ?? body?.value('model'));
      getCallableGroup(getGroup(model, settings), { settings, ...endpoint }, this.priceBook);
    }
    const named = method === 'GET' ? ONE_MODEL.exec(path)?.[1] : undefined;
    if (named !== undefined) getVisibleGroup(decodeURIComponent(named), settings, models);
  }
}
