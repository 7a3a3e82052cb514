import { Module, type DynamicModule } from '@nestjs/common';
import { AccessExplainer, JwtModule, PipelineModule } from '#libs/auth';
import { ConfigurationModule, type Settings } from '#libs/config';
import { CostAdmissionModule } from '#libs/spend';
import { ExpectationRunner } from './expectation-runner.service.js';
import { OfflineRowsModule } from './offline-rows.module.js';
import type { RowBook } from './row-book.js';
import { SampleTokenService } from './sample-token.service.js';

/**
 * The pipeline of the gateway over stated rows: no database, no HTTP, and no key set unless a token has to be verified.
 * For the command line; provides {@link AccessExplainer}, {@link ExpectationRunner}, `KeyAddressCheck`, `ProviderEndpointCheck` and
 * {@link SampleTokenService}.
 */
@Module({})
export class OfflineModule {
  /**
   * The module.
   * @param settings the configuration that evaluates
   * @param rows what is in the place of the database
   */
  static forRoot(settings: Settings, rows: RowBook): DynamicModule {
    const stated = OfflineRowsModule.forRoot(rows);
    const pipeline = PipelineModule.register({
      keys: stated,
      revocations: stated,
      users: stated,
      teams: stated,
      organizations: stated,
      endUsers: stated,
    });
    return {
      module: OfflineModule,
      imports: [ConfigurationModule.forRoot(settings), JwtModule, CostAdmissionModule, pipeline],
      providers: [AccessExplainer, ExpectationRunner, SampleTokenService],
      exports: [AccessExplainer, ExpectationRunner, SampleTokenService, JwtModule, pipeline],
    };
  }
}
