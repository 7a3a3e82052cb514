import { dirname, resolve } from 'node:path';
import { deepFreeze } from '#libs/common';
import { warnOfUnusedBudgets } from './assembly/provider-budgets.js';
import { adjustmentsOf, warnOfUnusedAdjustments } from './assembly/cost-adjustments.js';
import { accessSettingsOf } from './assembly/access-settings.js';
import { budgetSettingsOf } from './assembly/budgets.js';
import { keySettingsOf } from './assembly/key-rules.js';
import { alertSettingsOf } from './assembly/alerts.js';
import { deploymentsOf, placedEntries, type PlacedEntry } from './assembly/deployments.js';
import { fileUpstreamsOf } from './assembly/file-upstreams.js';
import { healthSettingsOf } from './assembly/health.js';
import { omitsUnsupported } from './assembly/left-out.js';
import { jwtSettingsOf } from './assembly/jwt-settings.js';
import { evaluateMasterKey } from './assembly/master-key.js';
import { networkSettingsOf, serverSettingsOf } from './assembly/network.js';
import { passThroughSettingsOf } from './assembly/pass-through.js';
import { Overrides, type CommandLineValues } from './assembly/overrides.js';
import { routerSettingsOf, routingDefaultsOf, warnOfRouting } from './assembly/routing.js';
import type { Sources } from './assembly/sources.js';
import { storesOf } from './assembly/stores.js';
import { spendSettingsOf } from './assembly/spend.js';
import {
  ConfigDiagnostics,
  ConfigPath,
  type ConfigProblem,
  type ConfigReport,
} from './diagnostics/config-diagnostics.js';
import { refuseNarrowingVariables } from './narrowing/narrowing.js';
import { currentSyntaxOf, type CurrentSyntax } from './current-syntax.js';
import { withNotices, type SettingsNotice } from './notices.js';
import { concealSecrets } from './redaction.js';
import { settingPlace } from './schema/setting-path.js';
import { readKey } from './schema/read.js';
import { ROOT_SECTION, type RootValue } from './schema/root.config.js';
import type { ConfigWarning, Settings } from './model/settings.js';
import { callbackNamesOf } from './source/callback-names.js';
import { DEFAULT_PATH, readConfigFile, type ConfigFile } from './source/config-file.js';
import type { MapNode } from './source/config-node.js';
import { withCredentials } from './source/credential-list.js';
import { mergedEnvironment, resolveReferences, type Environment } from './source/environment.js';
import { withIncludes } from './source/includes.js';
import { readYaml } from './source/read-yaml.js';

/** Everything that settings are made from. */
export interface SettingsSource {
  /** Options of the command line. */
  readonly argv: CommandLineValues;
  /** The process environment. */
  readonly env: Environment;
  /** Working directory, for relative paths. */
  readonly cwd: string;
}

/**
 * Evaluates finished settings by what this library cannot know: whether expressions compile, whether modules exist.
 * Returns problems as the file's own are reported, with path and remedy and without values.
 */
export type SettingsCheck = (settings: Settings) => readonly ConfigProblem[];

/** The settings, or every reason why there are none. */
export type LoadResult =
  | {
      readonly ok: true;
      readonly settings: Settings;
      readonly report: ConfigReport;
      /** The current syntax of the legacy keys in the file; `null` where it has none. */
      readonly currentSyntax: CurrentSyntax | null;
    }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly warnings: readonly ConfigWarning[];
      readonly report: ConfigReport;
    };

interface FinishedSettings {
  readonly settings: Settings;
  readonly currentSyntax: CurrentSyntax | null;
}

const DEFAULT_TIMEOUT_SECONDS = 600;

/**
 * Reads and evaluates the whole configuration. Nothing but the file and those that it includes is touched, and no message holds a
 * value of it.
 * @param source command line, environment and working directory
 * @param checks further checks, asked when there is no other problem
 * @param notices further warnings, asked when there is no problem
 */
export function loadSettings(
  source: SettingsSource,
  checks: readonly SettingsCheck[] = [],
  notices: readonly SettingsNotice[] = [],
): LoadResult {
  const findings = new ConfigDiagnostics();
  const file = readConfigFile(
    { option: source.argv.config, environment: source.env, workingDirectory: source.cwd },
    findings,
  );
  if (file === null) return refused(findings);
  const read = settingsFromFile(file, source, findings);
  if (read === null) return refused(findings);
  const result = evaluated(read, checks, findings);
  return result.ok ? { ...result, settings: withNotices(result.settings, notices) } : result;
}

/**
 * Settings out of YAML text, for tests and tools. The process environment plays no part.
 * @param text content of a config.yaml
 * @param env environment variables, default none
 * @param argv options of the command line, default none
 * @throws Error listing every problem
 */
export function settingsFromYaml(
  text: string,
  env: Environment = {},
  argv: CommandLineValues = {},
): Settings {
  const source = { argv, env, cwd: process.cwd() };
  const findings = new ConfigDiagnostics();
  const read = settingsFromFile({ text, name: DEFAULT_PATH }, source, findings);
  if (read !== null) return read.settings;
  const problems = findings.problems.map(
    ({ path, message, remedy }) => `${path} ${message}. ${remedy}`,
  );
  throw new Error(`the configuration is refused:\n${problems.join('\n')}`);
}

function settingsFromFile(
  { text, name }: ConfigFile,
  source: SettingsSource,
  findings: ConfigDiagnostics,
): FinishedSettings | null {
  const file = readYaml(text, new ConfigPath(name, findings));
  // Without readable YAML every key counts as missing; saying so would bury the one real problem.
  if (findings.problems.length > 0 && file.entries.size === 0) return null;
  const directory = dirname(resolve(source.cwd, name));
  const whole = withIncludes(file, directory, findings);
  const { resolved, environment } = resolveFile(whole, source.env, findings);
  const completed = withCredentials(resolved, findings);
  const root = readKey(ROOT_SECTION, completed, new ConfigPath('', findings));
  refuseNarrowingVariables(environment, findings);
  const overrides = new Overrides(source.argv, environment, findings);
  const callbacks = callbackNamesOf(completed);
  const sources = { root, overrides, environment, directory, findings, callbacks };
  const models = placedEntries(root.model_list, completed, findings);
  const settings = assemble(sources, models, source.cwd);
  warnOfUnknownKeys(name, findings);
  if (findings.problems.length > 0) return null;
  return {
    settings: concealSecrets(deepFreeze(settings)),
    currentSyntax: currentSyntaxOf(root, settings),
  };
}

function evaluated(
  { settings, currentSyntax }: FinishedSettings,
  checks: readonly SettingsCheck[],
  findings: ConfigDiagnostics,
): LoadResult {
  findings.problems.push(...checks.flatMap((check) => check(settings)));
  if (findings.problems.length > 0) return refused(findings);
  return { ok: true, settings, report: findings.report, currentSyntax };
}

function refused({ problems, warnings, report }: ConfigDiagnostics): LoadResult {
  return { ok: false, problems, warnings, report };
}

/** References are replaced in `environment_variables` first: the rest of the file may refer to those. */
function resolveFile(
  file: MapNode,
  outside: Environment,
  findings: ConfigDiagnostics,
): { readonly resolved: MapNode; readonly environment: Environment } {
  const place = new ConfigPath('', findings);
  const variablesKey = 'environment_variables';
  const declared = file.entries.get(variablesKey);
  const variables = declared && resolveReferences(declared, outside, place.at(variablesKey), false);
  const environment = mergedEnvironment(variables, outside, place.at(variablesKey));
  const entries = new Map(file.entries);
  for (const [key, node] of file.entries) {
    const mayBeUnset = key === 'model_list';
    const isDone = key === variablesKey && variables !== undefined;
    entries.set(
      key,
      isDone ? variables : resolveReferences(node, environment, place.at(key), mayBeUnset),
    );
  }
  return { resolved: { kind: 'map', entries }, environment };
}

function assemble(
  sources: Sources,
  models: readonly PlacedEntry[],
  workingDirectory: string,
): Settings {
  const { root, overrides, environment, findings } = sources;
  const {
    general_settings: general,
    litellm_settings: library,
    router_settings: router,
    gatehouse,
  } = root;
  const host = overrides.optionOr('host', 'HOST');
  const { masterKey, masterKeyPath } = masterKeyOf(root, overrides);
  evaluateMasterKey(masterKey, masterKeyPath, host, findings);
  const defaults = {
    timeoutSeconds: router.timeout ?? library.request_timeout ?? DEFAULT_TIMEOUT_SECONDS,
    streamTimeoutSeconds: router.stream_timeout,
    includesStreamUsage: general.always_include_stream_usage,
    dropsParams: library.drop_params,
    ...routingDefaultsOf(root),
    adjustmentOf: adjustmentsOf(library),
  };
  const isOmitting = omitsUnsupported(sources);
  const { deployments, omitted } = deploymentsOf(models, defaults, environment, isOmitting);
  warnOfUnusedAdjustments(library, deployments, new ConfigPath('litellm_settings', findings));
  const access = accessSettingsOf(sources);
  const settings = {
    network: networkSettingsOf(sources, workingDirectory),
    server: { host, ...serverSettingsOf(sources) },
    ...logSettingsOf(sources),
    dataDir: resolve(
      workingDirectory,
      overrides.variable('GATEHOUSE_DATA_DIR') ?? gatehouse.data_dir,
    ),
    ...storesOf(sources),
    masterKey,
    jwt: jwtSettingsOf(sources, access),
    access,
    deployments,
    omittedDeployments: omitted,
    health: healthSettingsOf(general, findings),
    router: routerSettingsOf(root),
    passThrough: passThroughSettingsOf(sources),
    files: fileUpstreamsOf(sources),
    spend: spendSettingsOf(sources),
    budgets: budgetSettingsOf(sources),
    keys: keySettingsOf(root),
    alerts: alertSettingsOf(sources),
    ...keptSettingsOf(root),
  } satisfies Omit<Settings, 'warnings'>;
  warnOfTheWhole(settings, sources);
  return { ...settings, warnings: findings.warnings };
}

function keptSettingsOf({ gatehouse }: RootValue): Pick<Settings, 'objects' | 'reports'> {
  return {
    objects: { sharedWith: gatehouse.ids.shared_with, keptDays: gatehouse.ids.kept_days },
    reports: { statementTimeoutSeconds: gatehouse.reports.statement_timeout_seconds },
  };
}

function logSettingsOf({
  root: { litellm_settings: library },
  overrides,
}: Sources): Pick<Settings, 'logLevel' | 'logFormat'> {
  return {
    logLevel: overrides.variable('LOG_LEVEL') ?? (library.set_verbose ? 'debug' : 'info'),
    logFormat: overrides.variable('LOG_FORMAT') ?? (library.json_logs ? 'json' : 'auto'),
  };
}

function masterKeyOf(
  root: RootValue,
  overrides: Overrides,
): { readonly masterKey: string | null; readonly masterKeyPath: string } {
  const fromVariable = overrides.variable('LITELLM_MASTER_KEY');
  return fromVariable === null
    ? { masterKey: root.general_settings.master_key, masterKeyPath: 'general_settings.master_key' }
    : { masterKey: fromVariable, masterKeyPath: 'LITELLM_MASTER_KEY' };
}

function warnOfTheWhole(settings: Omit<Settings, 'warnings'>, { root, findings }: Sources): void {
  const isOpaqueAccepted = settings.access.introspection !== null;
  if (settings.masterKey === null && !settings.jwt.enabled && !isOpaqueAccepted)
    settingPlace('general_settings', findings).warn(
      `has neither master_key nor enable_jwt_auth: no caller can administer it, and only virtual keys that exist already are accepted`,
    );
  if (root.model_list.every((entry) => entry === undefined))
    settingPlace('model_list', findings).warn('is empty: there is no model to call');
  warnOfRouting(root, settings, findings);
  const budgets = root.router_settings.provider_budget_config ?? {};
  warnOfUnusedBudgets(budgets, settings.deployments, findings);
}

function warnOfUnknownKeys(file: string, findings: ConfigDiagnostics): void {
  if (findings.unknownKeys.length > 0)
    new ConfigPath(file, findings).warn(
      `has keys that Gatehouse does not know and ignores: ${findings.unknownKeys.join(', ')}`,
    );
}
