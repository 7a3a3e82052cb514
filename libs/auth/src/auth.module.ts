import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { CostAdmissionModule } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { DecisionEntity } from './decisions/decision.entity.js';
import { DecisionsModule } from './decisions/decisions.module.js';
import { AccessExplainer } from './explain/access-explainer.service.js';
import { ExplainController } from './explain/explain.controller.js';
import { AdmissionStep } from './guards/admission.step.js';
import { DtoBodyStep } from './guards/dto-body.step.js';
import { EmailDomainGuard } from './guards/email-domain.guard.js';
import { HandlerStepsInterceptor } from './guards/handler-steps.interceptor.js';
import { JwtAuthGuard } from './guards/jwt-auth.guard.js';
import { PoliciesGuard } from './guards/policies.guard.js';
import { RbacGuard } from './guards/rbac.guard.js';
import { RequestBodyGuard } from './guards/request-body.guard.js';
import { RequiredRoleStep } from './guards/required-role.step.js';
import { ScopesGuard } from './guards/scopes.guard.js';
import { TenancyGuard } from './guards/tenancy.guard.js';
import { JwtModule } from './jwt/jwt.module.js';
import { KeySetManager } from './jwt/key-set-manager.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { RevocationListModule } from './revocation/revocation-list.module.js';
import { RevocationEntity } from './revocation/revocation.entity.js';
import { RevocationModule } from './revocation/revocation.module.js';

/**
 * Guards every route of the application that is not marked `@Public()`. The order of the guards is the
 * order of this list, and part of what the gateway promises: nothing behind a guard happens before it. Guards only
 * decide; behind them the interceptor parses the body of a DTO and commits the rows of a first call.
 */
@Module({
  imports: [
    JwtModule,
    RevocationModule,
    DecisionsModule,
    CostAdmissionModule,
    PipelineModule.register({
      keys: KeysModule,
      revocations: RevocationListModule,
      users: UsersModule,
      teams: TeamsModule,
      organizations: OrganizationsModule,
      endUsers: EndUsersModule,
    }),
  ],
  controllers: [ExplainController],
  providers: [
    AccessExplainer,
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: RequestBodyGuard },
    { provide: APP_GUARD, useClass: EmailDomainGuard },
    { provide: APP_GUARD, useClass: RbacGuard },
    { provide: APP_GUARD, useClass: ScopesGuard },
    { provide: APP_GUARD, useClass: TenancyGuard },
    { provide: APP_GUARD, useClass: PoliciesGuard },
    RequiredRoleStep,
    DtoBodyStep,
    AdmissionStep,
    { provide: APP_INTERCEPTOR, useClass: HandlerStepsInterceptor },
  ],
  exports: [JwtModule],
})
export class AuthModule implements OnApplicationBootstrap {
  constructor(private readonly keySets: KeySetManager) {}

  /** Begins to load the key sets of the configured issuers; the start does not wait for them. */
  onApplicationBootstrap(): void {
    this.keySets.keepFresh();
  }
}

/** The module and the tables of this library, for the composition root. */
export const AUTH_LIBRARY = { module: AuthModule, entities: [DecisionEntity, RevocationEntity] };
