import { Module } from '@nestjs/common';
import { SpendModule } from '#libs/spend';
import { AttemptLedger } from './attempt-ledger.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { InFlight } from './in-flight.js';
import { ModelsController } from './models.controller.js';
import { RelayForecast } from './relay-forecast.js';
import { RelayService } from './relay.service.js';
import { UpstreamClient } from './upstream/upstream-client.js';
import { UsageRefusals } from './upstream/usage-refusals.js';

/** The relay: OpenAI-compatible routes in front of the configured deployments. */
@Module({
  imports: [SpendModule],
  controllers: [ChatCompletionsController, ModelsController],
  providers: [RelayService, RelayForecast, AttemptLedger, UpstreamClient, UsageRefusals, InFlight],
  exports: [InFlight, RelayForecast],
})
export class ProxyModule {}
