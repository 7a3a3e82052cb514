import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { MembershipsService } from './memberships.service.js';
import { TeamsService } from './teams.service.js';

/** Provides {@link TeamsService} and {@link MembershipsService}. The endpoints are in the directory. */
@Module({
  imports: [AuditModule],
  providers: [TeamsService, MembershipsService],
  exports: [TeamsService, MembershipsService],
})
export class TeamsModule {}
