import { Injectable } from '@nestjs/common';
import { Database, LocalChangeFeed, type ChangeFeed } from '#libs/database';

/**
 * The database of an evaluation without one. Every use of it is a defect, because the offline rows
 * have a source for each lookup of the pipeline.
 */
@Injectable()
export class NoDatabase extends Database {
  readonly kind = 'embedded';
  readonly changes: ChangeFeed = new LocalChangeFeed();

  isReady(): boolean {
    return false;
  }

  problem(): string {
    return 'this evaluation is made without a database';
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  read(): Promise<never> {
    return refuse();
  }

  write(): Promise<never> {
    return refuse();
  }

  background(): Promise<never> {
    return refuse();
  }

  report(): Promise<never> {
    return refuse();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new TypeError('an offline evaluation asked the database'));
}
