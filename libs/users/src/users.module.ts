import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { UserListing } from './user-listing.service.js';
import { UserProvisioning } from './user-provisioning.service.js';
import { UsersService } from './users.service.js';

/** Provides {@link UsersService} and {@link UserListing}. The endpoints are in the directory. */
@Module({
  imports: [AuditModule],
  providers: [UsersService, UserListing, UserProvisioning],
  exports: [UsersService, UserListing],
})
export class UsersModule {}
