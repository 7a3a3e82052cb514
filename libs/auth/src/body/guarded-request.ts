import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import {
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  requestStateOf,
  type HandlerPermission,
  type RequiredRole,
} from '#libs/access';
import { memoizeByObject } from '#libs/common';
import type { AccessDecision } from '../call/access-decision.js';
import type { TakenBody } from './body-intake.js';

/**
 * The call that each request has become, for the guards behind the first. Keyed by the request's
 * state.
 */
const calls = new WeakMap<object, AccessDecision>();

/**
 * Remembers the call that a request has become.
 * @param request the HTTP request object
 */
export function rememberCall(request: object, call: AccessDecision): void {
  calls.set(requestStateOf(request), call);
}

/**
 * Returns the call of a request, `null` on open routes, which no guard evaluates.
 * @param context what Nest hands to a guard
 */
export function guardedCall(context: ExecutionContext): AccessDecision | null {
  return calls.get(requestStateOf(context.switchToHttp().getRequest<object>())) ?? null;
}

/**
 * Hands the body to the handler and to the steps behind.
 * @param request the HTTP request object
 * @param call the call that it has become
 */
export function keepBody(request: object, call: AccessDecision, body: TakenBody): void {
  const state = requestStateOf(request);
  state.body = body.bytes;
  state.scan = body.scan;
  call.body = body.scan;
}

/**
 * Tells whether a handler needs no credential.
 * @param context what Nest hands to a guard
 * @param reflector reads the metadata of handler and controller
 */
export function isPublic(context: ExecutionContext, reflector: Reflector): boolean {
  return isMarked(context, reflector, PUBLIC_METADATA);
}

/**
 * Tells whether a handler or its controller carries a mark.
 * @param context what Nest hands to a guard
 * @param reflector reads the metadata of handler and controller
 * @param key metadata key of the mark
 */
export function isMarked(context: ExecutionContext, reflector: Reflector, key: string): boolean {
  const targets = [context.getHandler(), context.getClass()] as const;
  const marks = marksOf(targets[1])(targets[0]);
  let isSet = marks.get(key);
  if (isSet === undefined) {
    const mark: unknown = reflector.getAllAndOverride(key, [...targets]);
    isSet = mark === true;
    marks.set(key, isSet);
  }
  return isSet;
}

/** The marks that were read, by controller, handler and key: metadata is fixed once a class is declared. */
const marksOf = memoizeByObject(() => memoizeByObject(() => new Map<string, boolean>()));

/**
 * Returns the role that a handler declares with `@Permission()`; `null` without one.
 * @param context what Nest hands to a guard
 * @param reflector reads the metadata of the handler
 */
export function requiredRoleOf(
  context: ExecutionContext,
  reflector: Reflector,
): RequiredRole | null {
  const handler = context.getHandler();
  const permission = reflector.get<HandlerPermission | undefined>(PERMISSION_METADATA, handler);
  return permission?.role ?? null;
}
