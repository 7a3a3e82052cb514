import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { errorCodeOf } from '#libs/common';
import { OfflineModule, type RowBook, type Parsed } from '#libs/offline';
import type { Settings } from '#libs/config';
import { OfflineForecastModule } from '../application/forecast.module.js';

/** Thrown for input that a command cannot use; the message names the file and the reason. */
export class UnusableFileError extends Error {
  override readonly name = 'UnusableFileError';
}

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

/**
 * The text of a file that an option names.
 * @param option the option, for the message
 * @param path the file; `-` is standard input
 * @throws UnusableFileError when it cannot be read
 */
export async function readNamed(option: string, path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown error';
    // Not the path: a user may have given a token instead of its file, and no log may hold a token.
    const hint = option === 'token' ? '; a token itself is piped in: --token -' : '';
    throw new UnusableFileError(`--${option} names no file that can be read (${code})${hint}`);
  }
}

/**
 * What a file states.
 * @param option the option that named it, for the message
 * @throws UnusableFileError listing every problem
 */
export function usable<T>(option: string, stated: Parsed<T>): T {
  if (stated.ok) return stated.value;
  throw new UnusableFileError(
    `the file of --${option} cannot be used:\n${stated.problems.map((one) => `  ${one}\n`).join('')}`,
  );
}
