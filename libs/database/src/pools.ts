import type { DataSource } from 'typeorm';
import {
  BACKGROUND_POOL,
  FOREGROUND_POOL,
  reportPool,
  type Backend,
} from './connection/backend.js';
import { createDataSource, type DataSourceContent } from './connection/data-source.js';

/** The pools of a process. The embedded database has one session, so that all three are one there. */
export interface Pools {
  readonly foreground: DataSource;
  readonly background: DataSource;
  readonly reports: DataSource;
}

/** What the pools are opened with. */
export interface PoolOptions {
  readonly backend: Backend;
  readonly content: DataSourceContent;
  /** Longest statement of a report. */
  readonly reportTimeoutMs: number;
  /** Told about connections that break while idle. */
  readonly onPoolError: () => void;
}

/**
 * Opens every pool, or none.
 * @param mayStay asked at the end; when it says no, the pools are closed again
 * @throws what the driver throws
 */
export async function openPools(
  { backend, content, reportTimeoutMs, onPoolError }: PoolOptions,
  mayStay: () => boolean,
): Promise<Pools> {
  const opened: DataSource[] = [];
  const open = async (profile: typeof FOREGROUND_POOL): Promise<DataSource> => {
    const source = await createDataSource(backend, profile, content, onPoolError).initialize();
    opened.push(source);
    return source;
  };
  try {
    const foreground = await open(FOREGROUND_POOL);
    const background = backend.isShared ? await open(BACKGROUND_POOL) : foreground;
    const reports = backend.isShared ? await open(reportPool(reportTimeoutMs)) : foreground;
    // Closing has not waited for this, so it will not destroy them.
    if (!mayStay()) throw new Error('closed meanwhile');
    return { foreground, background, reports };
  } catch (error) {
    await Promise.allSettled(opened.map((source) => source.destroy()));
    throw error;
  }
}

/** Closes every pool. Never rejects. */
export async function closePools({ foreground, background, reports }: Pools): Promise<void> {
  const sources = new Set([foreground, background, reports]);
  await Promise.allSettled([...sources].map((source) => source.destroy()));
}
