import type { ExactDecimal } from '#libs/common';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { ClaimField } from '../model/jwt-settings.js';
import type { RootValue } from './root.config.js';

/** Values with members of their own, in which a path ends. */
type Whole = ClaimField | ExactDecimal | readonly unknown[];

type PathsOf<T> = T extends Whole
  ? never
  : T extends object
    ? string extends keyof T
      ? never
      : { [K in keyof T & string]: K | `${K}.${PathsOf<T[K]>}` }[keyof T & string]
    : never;

type ValueAt<T, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? ValueAt<NonNullable<T[K]>, Rest>
    : never
  : P extends keyof T
    ? NonNullable<T[P]>
    : never;

/**
 * Path of a key or section of config.yaml outside of lists, as the file and every message write it. Derived from the schemas:
 * code that names a renamed key does not compile.
 */
export type SettingPath = PathsOf<RootValue>;

/** The place of a section, which knows its keys. */
export interface SettingPlace<V> extends ConfigPath {
  /** The place of a key of this section. */
  at(key: keyof V & string): ConfigPath;
}

/** Returns the place of a key or section. */
export function settingPlace<P extends SettingPath>(
  path: P,
  findings: ConfigDiagnostics,
): SettingPlace<ValueAt<RootValue, P>> {
  return new ConfigPath(path, findings);
}
