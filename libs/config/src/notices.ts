import { deepFreeze } from '#libs/common';
import type { ConfigWarning, Settings } from './model/settings.js';
import { concealSecrets } from './redaction.js';

/** Returns what to know about finished settings that are accepted nevertheless. */
export type SettingsNotice = (settings: Settings) => readonly ConfigWarning[];

/** Returns settings with the warnings that notices add. */
export function withNotices(settings: Settings, notices: readonly SettingsNotice[]): Settings {
  const further = notices.flatMap((notice) => notice(settings));
  if (further.length === 0) return settings;
  return concealSecrets({ ...settings, warnings: deepFreeze([...settings.warnings, ...further]) });
}
