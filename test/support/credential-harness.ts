import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { RevocationList } from '#libs/auth';
import { Clock } from '#libs/common';
import {
  SettingsStore,
  settingsFromYaml,
  type AccessSettings,
  type JwtSettings,
  type Settings,
} from '#libs/config';
import { ManualClock } from './manual-clock.js';
import { RecordsHarness } from './records-harness.js';

/** What a harness is built with. */
export interface HarnessOptions {
  readonly jwt?: Partial<JwtSettings>;
  readonly access?: Partial<AccessSettings>;
  readonly masterKey?: string;
  /** Data directory that outlives the harness; default is a temporary one that is removed. */
  readonly dataDir?: string;
  readonly clock?: ManualClock;
}

/** What a harness contains. */
export interface HarnessContent {
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly providers?: readonly Provider[];
  /** Providers of the imported modules that tests replace. */
  readonly overrides?: readonly { readonly provide: Type; readonly useValue: unknown }[];
  /** Rows; none by default. */
  readonly records?: RecordsHarness;
}

/** The rows of a harness. They are global, so this module also stands for each module of rows that another one imports. */
@Module({})
class HarnessRowsModule {}

/** A module that is built over modules of rows. */
interface OverRows {
  register(
    sources: Record<
      'keys' | 'revocations' | 'users' | 'teams' | 'organizations' | 'endUsers',
      Type
    >,
  ): DynamicModule;
}

/** A module over the rows of the harness. */
export function overHarnessRows(module: OverRows): HarnessContent {
  const rows = HarnessRowsModule;
  const sources = { keys: rows, revocations: rows, users: rows, teams: rows };
  return { imports: [module.register({ ...sources, organizations: rows, endUsers: rows })] };
}

/** Providers of a library with real settings, no rows, and a clock that tests move; nothing else runs. */
export interface CredentialHarness {
  readonly module: TestingModule;
  readonly clock: ManualClock;
  readonly settings: SettingsStore;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** Builds a harness; nothing is loaded in the background. */
export async function aHarness(
  { imports = [], providers = [], overrides = [], records = new RecordsHarness() }: HarnessContent,
  options: HarnessOptions = {},
): Promise<CredentialHarness> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'gatehouse-harness-'));
  const clock = options.clock ?? new ManualClock();
  const settings = new SettingsStore(harnessSettings(options, dataDir));
  const globals = [
    ...records.providers(),
    RevocationList,
    { provide: SettingsStore, useValue: settings },
    { provide: Clock, useValue: clock },
  ];
  const rows = { module: HarnessRowsModule, global: true, providers: globals, exports: globals };
  const building = Test.createTestingModule({
    imports: [rows, ...imports],
    providers: [...providers],
  });
  for (const { provide, useValue } of overrides) {
    building.overrideProvider(provide).useValue(useValue);
  }
  const module = await building.compile();
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

const ONE_MODEL = `
model_list: [{ model_name: gpt-4o, litellm_params: { model: openai/gpt-4o, api_key: secret } }]
general_settings: { enable_jwt_auth: true }`;

function harnessSettings({ jwt, access, masterKey }: HarnessOptions, dataDir: string): Settings {
  const settings = settingsFromYaml(ONE_MODEL, {
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
