/*
 * config: config.yaml, the environment and the command line become one frozen Settings object, or a list of problems.
 * Entry points: loadSettings, settingsFromYaml, Settings, SettingsStore, ConfigurationModule, configJsonSchema.
 * One zod schema per section (schema/*.config.ts), under the keys of the file, drives reading, the report of `gatehouse check`
 * and the JSON Schema. No message holds a value.
 * Must never import: anything but common and access.
 */
export { formatCheckReport } from './check-report.js';
export { isSampleKey } from './assembly/master-key.js';
export { ConfigurationModule } from './configuration.module.js';
export { entryOf, ownerOfEndpoint } from './model/issuer-entry.js';
export { configJsonSchema } from './json-schema.js';
export { describedKeys } from './key-list.js';
export type { ConfigProblem } from './diagnostics/config-diagnostics.js';
export {
  loadSettings,
  settingsFromYaml,
  type LoadResult,
  type SettingsCheck,
} from './load-settings.js';
export { isLoopbackHost } from './model/loopback.js';
export { PRICE_NAMES, priceFieldOf } from './schema/prices.config.js';
export { ISSUER_CLAIM_NAMES } from './schema/issuers.config.js';
export type { SettingPath } from './schema/setting-path.js';
export * from './model/access-settings.js';
export * from './schema/configured-budgets.js';
export type * from './model/cloud.js';
export type * from './model/dialect.js';
export type * from './model/health-settings.js';
export * from './model/jwt-settings.js';
export type * from './model/prices.js';
export type * from './model/pass-through.js';
export * from './model/router-settings.js';
export type * from './model/response-cache.js';
export type * from './model/routing.js';
export * from './model/settings.js';
export { PROVIDERS, type ModelPackage } from './names/providers.js';
export { NARROWING_SETTINGS, type NarrowingState } from './narrowing/narrowing-settings.js';
export { placesInFiles } from './source/place-in-file.js';
export { SettingsStore } from './settings-store.js';
