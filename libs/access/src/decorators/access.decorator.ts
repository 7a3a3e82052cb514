import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AccessContext } from '../request/access-context.js';
import { accessOf, requestStateOf } from '../request/request-state.js';

/**
 * Handler parameter: the access context of the request.
 * @throws TypeError on a route that no guard covered, which is a wiring defect
 */
export const Access = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AccessContext =>
    accessOf(requestStateOf(context.switchToHttp().getRequest<object>())),
);
