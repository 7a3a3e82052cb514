import type { Type } from '@nestjs/common';
import { AuditModule } from '#libs/audit';
import { AuthModule } from '#libs/auth';
import { DirectoryModule } from '#libs/directory';
import { EndUsersModule } from '#libs/end-users';
import { KeysModule } from '#libs/keys';
import { OrganizationsModule } from '#libs/orgs';
import { ProxyModule } from '#libs/proxy';
import { SpendModule } from '#libs/spend';
import { TeamsModule } from '#libs/teams';
import { UsersModule } from '#libs/users';
import { ProtectedResourceController } from './discovery/protected-resource.controller.js';
import { HealthController } from './health/health.controller.js';
import { WelcomeController } from './welcome/welcome.controller.js';

/** Every library with handlers or services of its own, in the order in which they are put together. */
export const LIBRARIES: readonly Type[] = [
  AuditModule,
  SpendModule,
  OrganizationsModule,
  UsersModule,
  TeamsModule,
  EndUsersModule,
  KeysModule,
  DirectoryModule,
  AuthModule,
  ProxyModule,
];

/** The gateway's own controllers. */
export const CONTROLLERS: readonly Type[] = [
  HealthController,
  ProtectedResourceController,
  WelcomeController,
];
