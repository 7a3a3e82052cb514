import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { RootValue } from '../schema/root.config.js';
import type { Environment } from '../source/environment.js';
import type { Overrides } from './overrides.js';

/** Everything that settings are put together from. */
export interface Sources {
  /** The file. */
  readonly root: RootValue;
  /** Settings of the environment and the command line. */
  readonly overrides: Overrides;
  /** Variables, those that the file declares included. */
  readonly environment: Environment;
  /** Directory of the file, for paths in it. */
  readonly directory: string;
  /** Names in `litellm_settings.callbacks`. */
  readonly callbacks: readonly string[];
  /** Collects problems and warnings. */
  readonly findings: ConfigDiagnostics;
}
