import { Injectable } from '@nestjs/common';
import { requestedRoute, type AdmittedCall } from '#libs/access';
import { UpstreamObjectsService, type NamedObject, type ObjectCaller } from '#libs/objects';
import type { Operation } from '../endpoints/request/endpoint.js';
import { pathParameters } from '../endpoints/request/path-parameters.js';
import { NO_OBJECTS, type BodyObject, type CallObjects } from '../routing/call-objects.js';

/** A request, as far as it names objects. */
export interface NamingCall {
  /** Canonical path. */
  readonly path: string;
  readonly body: AdmittedCall['body'];
  readonly caller: ObjectCaller;
  /** What the requests in its file name; left out for none. */
  readonly inLines?: readonly NamedObject[];
}

/** Finds the objects that calls name, each of which must be the caller's. */
@Injectable()
export class CallObjectsService {
  constructor(private readonly objects: UpstreamObjectsService) {}

  /**
   * Returns the objects that a call names.
   * @returns a promise only where it names one
   * @throws GatehouseError `not_found`, `request_invalid`, `database_unavailable`
   */
  of(
    { route, objects }: Pick<Operation, 'route' | 'objects'>,
    { path, body, caller, inLines = [] }: NamingCall,
  ): CallObjects | Promise<CallObjects> {
    if (objects === undefined) return NO_OBJECTS;
    const inBody = body === null ? [] : (objects.named?.(body) ?? []);
    const parameters = objects.inPath === undefined ? {} : (pathParameters(route, path) ?? {});
    const inPath = Object.entries(objects.inPath ?? {}).map(([name, kind]) => ({
      kind,
      id: parameters[name] ?? '',
    }));
    if (inPath.length + inBody.length + inLines.length === 0) return NO_OBJECTS;
    return this.found({ inPath, inBody, inLines }, parameters, caller);
  }

  private async found(
    named: Readonly<Record<'inPath' | 'inBody' | 'inLines', readonly NamedObject[]>>,
    parameters: Readonly<Record<string, string>>,
    caller: ObjectCaller,
  ): Promise<CallObjects> {
    const [inPath = null, ...further] = await this.all(named.inPath, caller);
    const inBody = await this.all(named.inBody, caller);
    const inLines = await this.all(named.inLines, caller);
    return { inPath, inBody: [...further, ...inBody], inLines, parameters };
  }

  /**
   * Returns objects, each of which must be the caller's, without those that decide nothing about deployments because no upstream
   * keeps them.
   * @throws GatehouseError `not_found`, `database_unavailable`
   */
  async all(named: readonly NamedObject[], caller: ObjectCaller): Promise<readonly BodyObject[]> {
    const found = await this.objects.getAll(named, caller);
    const withNames = found.map((one, at) => {
      const param = named[at]?.param;
      return param === undefined ? one : { ...one, param };
    });
    return withNames.filter(({ kind }) => kind !== 'unkept_item');
  }
}

/** Returns the canonical path of a request target. */
export function canonicalTarget(method: string, target: string): string {
  return requestedRoute(method, target)?.path ?? '';
}
