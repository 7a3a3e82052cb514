import { ModelNames, type ForcedModels } from '#libs/access';
import type { ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type {
  DeploymentFilters,
  FallbackEntry,
  FallbackSettings,
  ModelAlias,
} from '../model/routing.js';
import type { Settings } from '../model/settings.js';
import type { FALLBACK_KEYS, WrittenAlias } from '../schema/fallbacks.config.js';
import { FORCED_MODELS, forcedModelsOf } from '../schema/forced-models.config.js';
import type { RootValue } from '../schema/root.config.js';
import { settingPlace } from '../schema/setting-path.js';

/** The part of the router that names models. */
interface RouterNames {
  readonly fallbacks: FallbackSettings;
  readonly aliases: readonly ModelAlias[];
  readonly filters: DeploymentFilters;
  readonly forcedModels: ForcedModels;
}

/** The group of `fallbacks` that stands for every other one. */
const EVERY_MODEL = '*';

/** Returns the fallbacks, the aliases and what leaves deployments out. A key of `router_settings` wins over that of `litellm_settings`. */
export function namesAndFallbacksOf({
  general_settings: general,
  litellm_settings: library,
  router_settings: router,
}: RootValue): RouterNames {
  return {
    fallbacks: fallbacksOf(library, router),
    aliases: aliasesOf(library.model_alias_map ?? {}, router.model_group_alias ?? {}),
    filters: {
      tags: router.enable_tag_filtering ? (router.tag_filtering_match_any ? 'any' : 'all') : null,
      tagPrefix: router.tag_routing_prefix,
      isContextChecked: router.enable_pre_call_checks,
    },
    forcedModels: forcedModelsOf(general),
  };
}

type Written = Pick<RootValue['litellm_settings'], keyof typeof FALLBACK_KEYS>;

function fallbacksOf(
  library: Written,
  router: Written & Pick<RootValue['router_settings'], 'max_fallbacks'>,
): FallbackSettings {
  const entriesOf = (
    key: 'fallbacks' | 'context_window_fallbacks' | 'content_policy_fallbacks',
  ): readonly FallbackEntry[] => router[key] ?? library[key] ?? [];
  const defaults = router.default_fallbacks ?? library.default_fallbacks ?? [];
  const ofEvery = defaults.length === 0 ? [] : [{ model: EVERY_MODEL, fallbacks: defaults }];
  return {
    general: [...entriesOf('fallbacks'), ...ofEvery],
    contextWindow: entriesOf('context_window_fallbacks'),
    contentPolicy: entriesOf('content_policy_fallbacks'),
    most: router.max_fallbacks,
  };
}

type WrittenAliases = Readonly<Record<string, WrittenAlias>>;

/** A name of the first table that leads to one of the second leads to the model of that. */
function aliasesOf(first: WrittenAliases, second: WrittenAliases): readonly ModelAlias[] {
  const further = new Map(readAliases(second).map((one) => [one.name, one]));
  const own = readAliases(first).map((one) => ({
    ...one,
    model: further.get(one.model)?.model ?? one.model,
  }));
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...[...further.values()].filter(({ name }) => !names.has(name))];
}

function readAliases(written: WrittenAliases): readonly ModelAlias[] {
  return Object.entries(written).flatMap(([name, { model, hidden }]) =>
    model === null ? [] : [{ name, model, isHidden: hidden }],
  );
}

/** Warns of fallbacks, aliases and forced models that lead to no model of the list. */
export function warnOfUnknownModels(
  general: Pick<RootValue['general_settings'], (typeof FORCED_MODELS)[number]>,
  settings: Pick<Settings, 'deployments' | 'omittedDeployments' | 'router'>,
  findings: ConfigDiagnostics,
): void {
  const names = new ModelNames(settings);
  const { aliases, fallbacks } = settings.router;
  const isUnknown = (model: string): boolean => names.find(model) === null;
  // The names are not repeated: one may be a secret in the wrong place.
  const unserved = aliases.filter(({ name }) => isUnknown(name)).length;
  if (unserved > 0)
    settingPlace('router_settings.model_group_alias', findings).warn(
      `or litellm_settings.model_alias_map has ${counted(unserved, 'alias', 'aliases')} of a model that is not in model_list`,
    );
  for (const key of FORCED_MODELS) {
    const { [key]: forced } = general;
    if (forced !== null && isUnknown(forced))
      settingPlace(`general_settings.${key}`, findings).warn(
        'names a model that model_list does not have: its calls are refused',
      );
  }
  const targets = targetsOf([
    ...fallbacks.general,
    ...fallbacks.contextWindow,
    ...fallbacks.contentPolicy,
  ]);
  const unknown = targets.filter(isUnknown).length;
  if (unknown > 0)
    settingPlace('router_settings.fallbacks', findings).warn(
      `or another list of fallbacks names ${counted(unknown, 'model', 'models')} that model_list does not have: such a fallback is passed over`,
    );
}

function counted(count: number, one: string, several: string): string {
  return count === 1 ? `1 ${one}` : `${String(count)} ${several}`;
}

function targetsOf(entries: readonly FallbackEntry[]): readonly string[] {
  return [...new Set(entries.flatMap(({ fallbacks }) => fallbacks))];
}
