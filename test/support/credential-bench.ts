import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Clock } from '#libs/common';
import {
  SettingsStore,
  settingsFromYaml,
  type AccessSettings,
  type JwtSettings,
  type Settings,
} from '#libs/config';
import { ManualClock } from './manual-clock.js';
import { RecordsBench } from './records-bench.js';

/** What a bench is built with. */
export interface BenchOptions {
  readonly jwt?: Partial<JwtSettings>;
  readonly access?: Partial<AccessSettings>;
  readonly masterKey?: string;
  /** Data directory that outlives the bench; default is a temporary one that is removed. */
  readonly dataDir?: string;
  readonly clock?: ManualClock;
}

/** Providers of a library with real settings, no rows, and a clock that tests move; nothing else runs. */
export interface CredentialBench {
  readonly module: TestingModule;
  readonly clock: ManualClock;
  readonly settings: SettingsStore;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** Builds a bench; nothing is loaded in the background. */
export async function aBench(
  providers: Provider[],
  options: BenchOptions = {},
): Promise<CredentialBench> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const clock = options.clock ?? new ManualClock();
  const settings = new SettingsStore(benchSettings(options, dataDir));
  const module = await Test.createTestingModule({
    providers: [
      // What a bench brings itself comes later and counts.
      ...new RecordsBench().providers(),
      ...providers,
      { provide: SettingsStore, useValue: settings },
      { provide: Clock, useValue: clock },
    ],
  }).compile();
  // Providers that fail on purpose would fill the report with warnings.
  module.useLogger(false);
  return {
    module,
    clock,
    settings,
    dataDir,
    close: async () => {
      await module.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function benchSettings({ jwt, access, masterKey }: BenchOptions, dataDir: string): Settings {
  const settings = settingsFromYaml('general_settings: { enable_jwt_auth: true }', {
    JWT_PUBLIC_KEY_URL: 'http://127.0.0.1:9/jwks',
  });
  return {
    ...settings,
    dataDir,
    masterKey: masterKey ?? null,
    jwt: { ...settings.jwt, ...jwt },
    access: { ...settings.access, ...access },
  };
}
