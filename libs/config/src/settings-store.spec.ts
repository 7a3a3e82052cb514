import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settingsFromYaml } from './load-settings.js';
import type { Settings } from './model/settings.js';
import { SettingsStore } from './settings-store.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const onPort = (port: string): Settings => settingsFromYaml('', { PORT: port });

describe('a value derived from the settings', () => {
  it('is made once, at its first reading', () => {
    const store = new SettingsStore(onPort('1'));
    const make = jest.fn(({ server }: Settings) => ({ port: server.port }));
    const value = store.derive(make);
    expect(make).not.toHaveBeenCalled();
    expect(value()).toBe(value());
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('follows a swap with the next reading, and what was taken before stays as it is', () => {
    const store = new SettingsStore(onPort('1'));
    const values = [
      store.derive(({ server }) => ({ port: server.port })),
      store.derive(({ server }) => ({ next: server.port + 1 })),
    ] as const;
    const taken = values[0]();
    values[1]();
    store.swap(onPort('2'));
    expect(values.map((value) => value())).toEqual([{ port: 2 }, { next: 3 }]);
    expect(taken).toEqual({ port: 1 });
  });

  it('takes no memory after a swap', async () => {
    const store = new SettingsStore(onPort('1'));
    const value = store.derive(({ server }) => ({ port: server.port }));
    const old = new WeakRef(value());
    store.swap(onPort('2'));
    await new Promise(setImmediate);
    collectGarbage();
    expect(old.deref()).toBeUndefined();
    expect(value()).toEqual({ port: 2 });
  });
});
