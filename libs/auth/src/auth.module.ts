import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditModule } from '#libs/audit';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { AccessExplainer } from './explain/access-explainer.service.js';
import { DecisionLogService } from './decisions/decision-log.service.js';
import { DecisionStoreService } from './decisions/decision-store.service.js';
import { ExplainController } from './explain/explain.controller.js';
import { EmailDomainGuard } from './guards/email-domain.guard.js';
import { JwtAuthGuard } from './guards/jwt-auth.guard.js';
import { PoliciesGuard } from './guards/policies.guard.js';
import { RbacGuard } from './guards/rbac.guard.js';
import { RequiredRoleInterceptor } from './guards/required-role.interceptor.js';
import { ScopesGuard } from './guards/scopes.guard.js';
import { TenancyGuard } from './guards/tenancy.guard.js';
import { KeySetManager } from './jwt/key-set-manager.js';
import { PIPELINE_PROVIDERS } from './pipeline/pipeline-providers.js';
import { BackchannelLogoutController } from './revocation/backchannel-logout.controller.js';
import { REVOCATION_PROVIDERS } from './revocation/revocation-providers.js';
import { RevocationsController } from './revocation/revocations.controller.js';
import { DecisionEntity } from './decisions/decision.entity.js';
import { RevocationEntity } from './revocation/revocation.entity.js';

/**
 * Guards every route of the application that is not marked `@Public()`. The order of the guards is the order of this
 * list, and part of what the gateway promises: nothing behind a guard happens before it.
 */
@Module({
  imports: [AuditModule, OrganizationsModule, UsersModule, TeamsModule, EndUsersModule, KeysModule],
  controllers: [ExplainController, RevocationsController, BackchannelLogoutController],
  providers: [
    ...PIPELINE_PROVIDERS,
    ...REVOCATION_PROVIDERS,
    AccessExplainer,
    DecisionStoreService,
    DecisionLogService,
    { provide: APP_GUARD, useClass: JwtAuthGuard },
    { provide: APP_GUARD, useClass: EmailDomainGuard },
    { provide: APP_GUARD, useClass: RbacGuard },
    { provide: APP_GUARD, useClass: ScopesGuard },
    { provide: APP_GUARD, useClass: TenancyGuard },
    { provide: APP_GUARD, useClass: PoliciesGuard },
    { provide: APP_INTERCEPTOR, useClass: RequiredRoleInterceptor },
  ],
  exports: [KeySetManager],
})
export class AuthModule {}

/** The module and the tables of this library, for the composition root. */
export const AUTH_LIBRARY = { module: AuthModule, entities: [DecisionEntity, RevocationEntity] };
