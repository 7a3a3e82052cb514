import type { Provider } from '@nestjs/common';
import { CREDENTIAL_PROVIDERS } from '../credentials/credential-providers.js';
import { UserByEmailCache } from '../tenancy/user-by-email-cache.service.js';
import { ProvisioningService } from '../tenancy/provisioning.service.js';
import { TeamLookupService } from '../tenancy/team-lookup.service.js';
import { TenancyLookupService } from '../tenancy/tenancy-lookup.service.js';
import { TokenSyncService } from '../tenancy/token-sync.service.js';
import { AccessPipeline } from './access-pipeline.js';
import { EmailDomainStep } from './email-domain-step.js';
import { JwtAuthStep } from './jwt-auth-step.js';
import { PoliciesStep } from './policies-step.js';
import { RbacStep } from './rbac-step.js';
import { ScopesStep } from './scopes-step.js';
import { TenancyStep } from './tenancy-step.js';

/** Everything that {@link AccessPipeline} is made of, for a module's `providers`. */
export const PIPELINE_PROVIDERS: Provider[] = [
  ...CREDENTIAL_PROVIDERS,
  UserByEmailCache,
  TeamLookupService,
  TenancyLookupService,
  TokenSyncService,
  ProvisioningService,
  JwtAuthStep,
  EmailDomainStep,
  RbacStep,
  ScopesStep,
  TenancyStep,
  PoliciesStep,
  AccessPipeline,
];
