import type { ExecutionContext, Type } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import {
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  RELAYS_BODY_METADATA,
  type HandlerPermission,
  type RequiredRole,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';

/** What the decorators of a handler and of its controller say to the guards. */
export interface HandlerTraits {
  /** The handler needs no credential. */
  readonly isPublic: boolean;
  /** The handler relays the body's bytes and takes no DTO. */
  readonly isRelay: boolean;
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
        isRelay: isMarked(RELAYS_BODY_METADATA),
        requiredRole: permission?.role ?? null,
      };
    }),
  );
}
