import { Module, type DynamicModule } from '@nestjs/common';
import { CredentialsModule, type CredentialSources } from '../credentials/credentials.module.js';
import { TenancyModule, type TenancySources } from '../tenancy/tenancy.module.js';
import { ACCESS_STEPS, AccessPipeline } from './access-pipeline.js';
import type { AccessStep } from './access-step.js';
import { DecisionCache } from './decision-cache.js';
import { EmailDomainStep } from './email-domain-step.js';
import { JwtAuthStep } from './jwt-auth-step.js';
import { PoliciesStep } from './policies-step.js';
import { RbacStep } from './rbac-step.js';
import { ScopesStep } from './scopes-step.js';
import { TenancyStep } from './tenancy-step.js';

/** The steps in the order in which they evaluate. */
const STEPS = [JwtAuthStep, EmailDomainStep, RbacStep, ScopesStep, TenancyStep, PoliciesStep];

/** Provides {@link AccessPipeline}. It writes nothing, so it also runs over stated rows, without a database. */
@Module({})
export class PipelineModule {
  /** The module over the rows of a database or over stated ones. */
  static register(sources: CredentialSources & TenancySources): DynamicModule {
    const credentials = CredentialsModule.register(sources);
    return {
      module: PipelineModule,
      imports: [credentials, TenancyModule.register(sources), sources.endUsers],
      providers: [
        ...STEPS,
        {
          provide: ACCESS_STEPS,
          useFactory: (...steps: AccessStep[]) => steps,
          inject: STEPS,
        },
        DecisionCache,
        AccessPipeline,
      ],
      exports: [AccessPipeline, credentials],
    };
  }
}
