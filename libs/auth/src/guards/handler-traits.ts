import type { ExecutionContext, Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import {
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  RELAYS_BODY_METADATA,
  type HandlerPermission,
  type RelayedBody,
  type RequiredRole,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';

/** What the decorators of a handler and of its controller say to the guards. */
export interface HandlerTraits {
  /** The handler needs no credential. */
  readonly isPublic: boolean;
  /** What the body may be whose bytes the handler relays; `null` for a handler that takes a DTO. */
  readonly relays: RelayedBody | null;
  /** `null` where none is declared. */
  readonly requiredRole: RequiredRole | null;
}

/** A method of a controller. */
type Handler = ReturnType<ExecutionContext['getHandler']>;

/** Returns what reads the traits of a controller's handler, once for each: metadata is fixed once a class is declared. */
export function handlerTraits(
  reflector: Reflector,
): (controller: Type) => (handler: Handler) => HandlerTraits {
  return memoizeByObject((controller) =>
    memoizeByObject((handler) => {
      const isMarked = (key: string): boolean =>
        reflector.getAllAndOverride<unknown>(key, [handler, controller]) === true;
      const permission = reflector.get<HandlerPermission | undefined>(PERMISSION_METADATA, handler);
      return {
        isPublic: isMarked(PUBLIC_METADATA),
        relays:
          reflector.getAllAndOverride<RelayedBody | undefined>(RELAYS_BODY_METADATA, [
            handler,
            controller,
          ]) ?? null,
        requiredRole: permission?.role ?? null,
      };
    }),
  );
}
