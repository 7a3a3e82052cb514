import { Module } from '@nestjs/common';
import { EndUsersService } from './end-users.service.js';
import { EndUserEntity } from './end-user.entity.js';

/** Provides {@link EndUsersService}. Needs the global database and configuration modules. */
@Module({ providers: [EndUsersService], exports: [EndUsersService] })
export class EndUsersModule {}

/** The module and the tables of this library, for the composition root. */
export const END_USERS_LIBRARY = { module: EndUsersModule, entities: [EndUserEntity] };
