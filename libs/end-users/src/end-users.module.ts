import { Module } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { SpendModule } from '#libs/spend';
import { CustomerPresentation } from './customer-presentation.service.js';
import { CustomersController } from './customers.controller.js';
import { CustomersService } from './customers.service.js';
import { EndUserEntity } from './end-user.entity.js';
import { EndUsersService } from './end-users.service.js';

/** End users with their endpoints. */
@Module({
  imports: [AuditModule, SpendModule],
  controllers: [CustomersController],
  providers: [CustomerPresentation, CustomersService, EndUsersService],
  exports: [EndUsersService],
})
export class EndUsersModule {}

/** The module and the tables of this library, for the composition root. */
export const END_USERS_LIBRARY = { module: EndUsersModule, entities: [EndUserEntity] };
