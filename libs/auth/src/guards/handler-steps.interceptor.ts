import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { AdmissionStep } from './admission.step.js';
import { DtoBodyStep } from './dto-body.step.js';
import type { HandlerStep } from './handler-step.js';
import { RequiredRoleStep } from './required-role.step.js';

/**
 * Runs the steps between the guards and a handler: the role that the handler demands, the body of its DTO, the admission.
 * One interceptor for all of them, because each costs Nest a chain of observables and promises for each request.
 */
@Injectable()
export class HandlerStepsInterceptor implements NestInterceptor {
  private readonly steps: readonly HandlerStep[];

  constructor(role: RequiredRoleStep, body: DtoBodyStep, admission: AdmissionStep) {
    this.steps = [role, body, admission];
  }

  /**
   * Continues once every step has let the request pass.
   * @throws GatehouseError what a step refuses
   */
  intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const waiting = this.prepareFrom(0, context);
    return waiting instanceof Promise ? waiting.then(() => next.handle()) : next.handle();
  }

  private prepareFrom(first: number, context: ExecutionContext): void | Promise<void> {
    for (const [index, step] of this.steps.entries()) {
      if (index < first) continue;
      const waiting = step.prepare(context);
      if (waiting instanceof Promise) {
        return waiting.then(() => this.prepareFrom(index + 1, context));
      }
    }
  }
}
