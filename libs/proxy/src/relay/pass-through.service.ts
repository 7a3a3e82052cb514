import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { accessOf, requestStateOf, routeAmongEndpoints } from '#libs/access';
import { GatehouseError } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { destinationOf, passThroughOperation } from '../pass-through/pass-through-call.js';
import { passThroughPlanOf } from '../pass-through/pass-through-plan.js';
import { ClientConnection } from '../streaming/client-connection.js';
import { RelayService } from './relay.service.js';

/** Passes requests through to upstreams, as they are. */
@Injectable()
export class PassThroughService {
  /** @param settings the upstreams and their credentials */
  constructor(
    private readonly relay: RelayService,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Relays a request that the guards have let pass.
   * @throws GatehouseError `not_found` for a path that passes nothing through, and what the relay refuses
   */
  async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const state = requestStateOf(request);
    const access = accessOf(state);
    const { method = 'GET', url = '', headers } = request;
    const settings = this.settings.current;
    const route = routeAmongEndpoints(method, url, settings.passThrough.endpoints);
    const { body, scan } = state;
    const plan = route === null ? null : passThroughPlanOf(route, scan ?? null, settings);
    if (plan === null) throw new GatehouseError('not_found');
    const passed = {
      method,
      target: url,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(scan === undefined ? {} : { scan }),
    };
    const caller = { attribution: access.attribution, keyHeader: settings.access.keyHeaderName };
    await this.relay.relay(passThroughOperation(plan, passed), {
      access,
      state,
      pathModel: null,
      target: url,
      headers,
      client: new ClientConnection(response),
      destination: destinationOf(plan, passed, caller),
    });
  }
}
