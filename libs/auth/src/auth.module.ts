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
import { AdmissionInterceptor } from './guards/admission.interceptor.js';
import { DtoBodyInterceptor } from './guards/dto-body.interceptor.js';
import { EmailDomainGuard } from './guards/email-domain.guard.js';
import { JwtAuthGuard } from './guards/jwt-auth.guard.js';
import { PoliciesGuard } from './guards/policies.guard.js';
import { RbacGuard } from './guards/rbac.guard.js';
import { RequestBodyGuard } from './guards/request-body.guard.js';
import { RequiredRoleInterceptor } from './guards/required-role.interceptor.js';
import { ScopesGuard } from './guards/scopes.guard.js';
import { TenancyGuard } from './guards/tenancy.guard.js';
import { JwtModule } from './jwt/jwt.module.js';
import { KeySetManager } from './jwt/key-set-manager.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { RevocationListModule } from './revocation/revocation-list.module.js';
import { RevocationEntity } from './revocation/revocation.entity.js';
import { RevocationModule } from './revocation/revocation.module.js';

/**
 * Guards every route of the application that is not marked `@Public()`. The order of the guards and interceptors is the
 * order of this list, and part of what the gateway promises: nothing behind a guard happens before it. Guards only
 * decide; behind them the interceptors parse the body of a DTO and commit the rows of a first call.
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
    { provide: APP_INTERCEPTOR, useClass: RequiredRoleInterceptor },
    { provide: APP_INTERCEPTOR, useClass: DtoBodyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: AdmissionInterceptor },
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
