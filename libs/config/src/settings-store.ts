import { Injectable } from '@nestjs/common';
import { memoizeByObject } from '#libs/common';
import type { Settings } from './model/settings.js';

/**
 * Holds the settings in force. A reader takes {@link current} once and works with that object to its
 * end; a reload puts another frozen object in its place, so that no reader sees half of a change.
 */
@Injectable()
export class SettingsStore {
  private settings: Settings;

  /** @param settings what holds from the start */
  constructor(settings: Settings) {
    this.settings = settings;
  }

  /** The settings in force, deeply frozen. */
  get current(): Settings {
    return this.settings;
  }

  /**
   * Returns a reader of a value that is made from the settings in force, once per settings object. After a
   * {@link swap} the next reading makes a value of the new settings; who took the old one works with it to its end.
   */
  derive<T extends object>(make: (settings: Settings) => T): () => T {
    const valueOf = memoizeByObject(make);
    return () => valueOf(this.settings);
  }

  /**
   * Puts other settings into force for all reads from now on.
   * @param next complete and evaluated settings
   */
  swap(next: Settings): void {
    this.settings = next;
  }
}
