import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '#libs/common';
import type { RequiredRole } from '../request/role.js';
import type { RouteGroupName } from '../routes/route-groups.js';

/** Metadata key of {@link Permission}. */
export const PERMISSION_METADATA = 'gatehouse:permission';

/** Member of an operation in the OpenAPI document that holds its {@link HandlerPermission}. */
export const PERMISSION_EXTENSION = 'x-gatehouse-permission';

/** What a handler demands of its caller, and how it refuses. */
export interface HandlerPermission {
  /** Group of routes through which lists of routes grant the handler. */
  readonly group: RouteGroupName;
  /**
   * Role that the caller must have. Absent on handlers that decide by the object that is asked for.
   */
  readonly role?: RequiredRole;
  /** Codes besides those that every guarded handler may refuse with. */
  readonly refusals?: readonly ErrorCode[];
}

/**
 * Declares what a handler demands. The role is enforced behind the guards and before the request's
 * DTO is read; everything is shown in the OpenAPI document.
 * @param permission role, route group and refusals
 */
export const Permission = (permission: HandlerPermission): MethodDecorator =>
  applyDecorators(
    SetMetadata(PERMISSION_METADATA, permission),
    ApiExtension(PERMISSION_EXTENSION, permission),
  );
