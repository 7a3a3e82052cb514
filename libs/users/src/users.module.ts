import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { UserListing } from './user-listing.service.js';
import { UserProvisioning } from './user-provisioning.service.js';
import { UserRoleSync } from './user-role-sync.service.js';
import { UsersService } from './users.service.js';
import { UserEntity } from './entities/user.entity.js';

/** Provides users, their listing and the sync of their roles. The endpoints are in libs/admin. */
@Module({
  imports: [AuditModule],
  providers: [UsersService, UserListing, UserProvisioning, UserRoleSync],
  exports: [UsersService, UserListing, UserRoleSync],
})
export class UsersModule {}

/** The module and the tables of this library, for the composition root. */
export const USERS_LIBRARY = { module: UsersModule, entities: [UserEntity] };
