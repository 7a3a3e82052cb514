import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OfflineModule, type RowBook } from '#libs/offline';
import type { Settings } from '#libs/config';
import { OfflineForecastModule } from '../application/forecast.module.js';

/** What an evaluation without a gateway is made of: the pipeline over stated rows, and what is known of the handlers. */
@Module({})
class OfflineGateway {
  static forRoot(settings: Settings, rows: RowBook): DynamicModule {
    return {
      module: OfflineGateway,
      imports: [OfflineModule.forRoot(settings, rows), OfflineForecastModule],
    };
  }
}

/**
 * Runs work with the gateway's pipeline over stated rows, and takes the pipeline down again.
 * @param rows what is in the place of the database
 * @param work what to do with it
 */
export async function withPipeline<T>(
  settings: Settings,
  rows: RowBook,
  work: (pipeline: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const pipeline = await NestFactory.createApplicationContext(
    OfflineGateway.forRoot(settings, rows),
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  try {
    return await work(pipeline);
  } finally {
    await pipeline.close();
  }
}
