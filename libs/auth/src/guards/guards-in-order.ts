import { APP_GUARD } from '@nestjs/core';
import type { Provider, Type } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { AdmissionStep } from './admission.step.js';
import { CALL_GUARDS, type CallGuard } from './call-guard.js';
import { DtoBodyStep } from './dto-body.step.js';
import { EmailDomainGuard } from './email-domain.guard.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { PoliciesGuard } from './policies.guard.js';
import { RbacGuard } from './rbac.guard.js';
import { RequestBodyGuard } from './request-body.guard.js';
import { RequiredRoleStep } from './required-role.step.js';
import { ScopesGuard } from './scopes.guard.js';
import { TenancyGuard } from './tenancy.guard.js';

/**
 * The order of the guards, and part of what the gateway promises: nothing behind a guard happens before it. The guards
 * only decide; the steps behind them check the role of the handler, parse the body of its DTO and commit the rows of a
 * first call.
 */
const IN_ORDER: readonly Type<CallGuard>[] = [
  JwtAuthGuard,
  RequestBodyGuard,
  EmailDomainGuard,
  RbacGuard,
  ScopesGuard,
  TenancyGuard,
  PoliciesGuard,
  RequiredRoleStep,
  DtoBodyStep,
  AdmissionStep,
];

/** The global guard of the application with everything that it leads a call through. */
export const GUARD_PROVIDERS: readonly Provider[] = [
  ...IN_ORDER,
  {
    provide: CALL_GUARDS,
    inject: [...IN_ORDER],
    useFactory: (...guards: CallGuard[]): readonly CallGuard[] => guards,
  },
  { provide: APP_GUARD, useClass: AccessGuard },
];
