import { Test } from '@nestjs/testing';
import { Clock, SystemClock } from '#libs/common';
import { ConfigurationModule } from './configuration.module.js';
import { settingsFromYaml } from './load-settings.js';
import { SettingsStore } from './settings-store.js';

describe('ConfigurationModule', () => {
  it('gives every part the settings and the clock, and a swap holds from the next reading on', async () => {
    const first = settingsFromYaml('', { PORT: '1' });
    const next = settingsFromYaml('', { PORT: '2' });
    const module = await Test.createTestingModule({
      imports: [ConfigurationModule.forRoot(first)],
    }).compile();
    const store = module.get(SettingsStore);
    const taken = store.current;
    expect(taken).toBe(first);
    expect(module.get(Clock)).toBeInstanceOf(SystemClock);
    store.swap(next);
    expect(store.current).toBe(next);
    expect(taken.server.port).toBe(1);
    await module.close();
  });

  it('puts nothing into the process environment', async () => {
    const before = { ...process.env };
    const module = await Test.createTestingModule({
      imports: [
        ConfigurationModule.forRoot(settingsFromYaml('', { LITELLM_MASTER_KEY: 'sk-1234' })),
      ],
    }).compile();
    await module.close();
    expect({ ...process.env }).toEqual(before);
  });
});
