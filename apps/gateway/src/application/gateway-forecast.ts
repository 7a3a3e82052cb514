import { Inject, Injectable } from '@nestjs/common';
import {
  HandlerPreflight,
  requirePermission,
  type AdmittedCall,
  type HandlerAccess,
  type RequestedRoute,
  type RequiredRole,
} from '#libs/access';
import { GatehouseError, isGatehouseError } from '#libs/common';
import { RelayPreflight } from '#libs/proxy';
import { servedMethodsOf } from '../http/no-route.js';
import { DOCUMENTATION_PATHS } from '../openapi/api-document.js';
import { HandlerTable } from '../openapi/handler-table.js';

/** Facts about the handlers of the gateway for explanations, live and offline alike. */
@Injectable()
export class GatewayForecast extends HandlerPreflight {
  /**
   * @param handlers the handlers of every library
   * @param relay what the relay would refuse
   */
  constructor(
    @Inject(HandlerTable) private readonly handlers: HandlerTable,
    private readonly relay: RelayPreflight,
  ) {
    super();
  }

  override receptionOf(method: string, target: string): HandlerAccess {
    const path = target.split('?', 1)[0] ?? '';
    if (DOCUMENTATION_PATHS.has(path)) {
      return method === 'GET' || method === 'HEAD' ? 'open' : 'other-method';
    }
    const reception = this.handlers.receptionOf(method, target);
    const isServed = servedMethodsOf(method, target, this.handlers).length > 0;
    return reception === 'other-method' && !isServed ? 'none' : reception;
  }

  override requiredRoleOf(route: RequestedRoute): RequiredRole | null {
    return this.handlers.requiredRoleOf(route);
  }

  override async evaluate(call: AdmittedCall): Promise<GatehouseError | null> {
    if (!this.handlers.handles(call.route)) return new GatehouseError('not_found');
    return this.roleRefusal(call) ?? this.relay.evaluate(call);
  }

  /** What `RequiredRoleStep` refuses, by the function that it uses. */
  private roleRefusal({ route, access }: AdmittedCall): GatehouseError | null {
    const role = this.requiredRoleOf(route);
    try {
      if (role !== null) requirePermission({ role }, access);
      return null;
    } catch (error) {
      if (isGatehouseError(error)) return error;
      throw error;
    }
  }
}
