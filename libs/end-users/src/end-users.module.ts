import { Module } from '@nestjs/common';
import { EndUsersService } from './end-users.service.js';

/** Provides {@link EndUsersService}. Needs the global database and configuration modules. */
@Module({ providers: [EndUsersService], exports: [EndUsersService] })
export class EndUsersModule {}
