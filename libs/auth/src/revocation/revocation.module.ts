import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { KeysModule } from '#libs/keys';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { JwtModule } from '../jwt/jwt.module.js';
import { BackchannelLogoutController } from './backchannel-logout.controller.js';
import { BackchannelLogoutService } from './backchannel-logout.service.js';
import { LogoutTokenVerifier } from './logout-token-verifier.js';
import { RevocableCalls } from './revocable-calls.js';
import { RevocationListModule } from './revocation-list.module.js';
import { RevocationsController } from './revocations.controller.js';
import { RevocationsService } from './revocations.service.js';

/** Revokes access: the administrative routes, logouts from identity providers, and the running calls that a revocation ends. */
@Module({
  imports: [AuditModule, JwtModule, KeysModule, RevocationListModule, TeamsModule, UsersModule],
  controllers: [RevocationsController, BackchannelLogoutController],
  providers: [RevocationsService, LogoutTokenVerifier, BackchannelLogoutService, RevocableCalls],
  exports: [RevocableCalls],
})
export class RevocationModule {}
