import { Module, type OnApplicationBootstrap } from '@nestjs/common';
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
import { GUARD_PROVIDERS } from './guards/guards-in-order.js';
import { JwtModule } from './jwt/jwt.module.js';
import { KeySetManager } from './jwt/key-set-manager.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { RevocationListModule } from './revocation/revocation-list.module.js';
import { RevocationEntity } from './revocation/revocation.entity.js';
import { RevocationModule } from './revocation/revocation.module.js';

/** Guards every route of the application that is not marked `@Public()`. */
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
  providers: [AccessExplainer, ...GUARD_PROVIDERS],
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
