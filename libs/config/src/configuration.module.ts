import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, ConfigService, registerAs } from '@nestjs/config';
import { Clock, SystemClock } from '#libs/common';
import type { Settings } from './model/settings.js';
import { SettingsStore } from './settings-store.js';

const NAMESPACE = 'gatehouse';

interface Registered {
  readonly settings: Settings;
}

/** Gives every part of the application its settings and the clock. Global. */
@Module({})
export class ConfigurationModule {
  /**
   * Registers evaluated settings. Nest's configuration module carries them; it reads neither the
   * environment nor a `.env` file here, because {@link Settings} has merged every source already.
   * @param settings what holds from the start
   */
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: ConfigurationModule,
      global: true,
      imports: [
        ConfigModule.forRoot({
          ignoreEnvFile: true,
          ignoreEnvVars: true,
          skipProcessEnv: true,
          load: [registerAs(NAMESPACE, (): Registered => ({ settings }))],
        }),
      ],
      providers: [
        {
          provide: SettingsStore,
          inject: [ConfigService],
          useFactory: (config: ConfigService) =>
            new SettingsStore(config.getOrThrow<Registered>(NAMESPACE).settings),
        },
        { provide: Clock, useClass: SystemClock },
      ],
      exports: [SettingsStore, Clock],
    };
  }
}
