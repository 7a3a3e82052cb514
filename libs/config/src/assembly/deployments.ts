import { settingPlace, type SettingPlace } from '../schema/setting-path.js';
import { createHash } from 'node:crypto';
import type { ConfigDiagnostics, ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import { isFalse } from '../schema/rules.js';
import type { Dialect } from '../model/dialect.js';
import type { DeploymentSettings, OmittedDeployment } from '../model/settings.js';
import type { ConfigNode, MapNode } from '../source/config-node.js';
import { firstUnset, type Environment } from '../source/environment.js';
import { namedSwitch, noteLeftOut, takeUnsupported } from './left-out.js';
import type { DeploymentAddress } from './address-parts.js';
import { addressOf } from './deployment-address.js';
import { behaviourOf, type DeploymentDefaults } from './deployment-behaviour.js';
import { describedDeployment } from './deployment-description.js';
import { sharesOf } from './deployment-shares.js';
import { modelRegionOf } from './model-region.js';
import { pricesOf } from './prices.js';

/** An entry of `model_list` with the place that it came from. */
export interface PlacedEntry {
  readonly entry: ModelEntry;
  readonly place: SettingPlace<ModelEntry>;
  /** The entry as it stands in the file, references replaced. */
  readonly node: ConfigNode;
  /** The first variable below it that is not set; the entry is left out then. */
  readonly unset: { readonly path: string; readonly variable: string } | null;
}

/** `model_list` after evaluation. */
export interface Deployments {
  readonly deployments: readonly DeploymentSettings[];
  readonly omitted: readonly OmittedDeployment[];
}

/** A deployment before its share of the calls and its final id are known. */
interface Draft {
  readonly entry: ModelEntry;
  readonly place: ConfigPath;
  readonly settings: DeploymentSettings;
  readonly isIdGiven: boolean;
}

const ID_LENGTH = 32;

/**
 * Returns the entries of `model_list` that could be read.
 * @param entries as they were read
 * @param file where they come from
 */
export function placedEntries(
  entries: readonly (ModelEntry | undefined)[],
  file: MapNode,
  findings: ConfigDiagnostics,
): readonly PlacedEntry[] {
  const list = file.entries.get('model_list');
  const nodes = list?.kind === 'list' ? list.items : [];
  const section = settingPlace('model_list', findings);
  return entries.flatMap((entry, index) => {
    const node = nodes[index];
    const place = section.item(index);
    return entry === undefined || node === undefined
      ? []
      : [{ entry, place, node, unset: firstUnset(node, place) }];
  });
}

/**
 * Turns the entries of `model_list` into deployments.
 * @param entries as they were read
 * @param defaults what holds where an entry names nothing
 * @param environment where credentials of well-known providers may be
 * @param isOmitting whether entries that this version does not support are left out
 */
export function deploymentsOf(
  entries: readonly PlacedEntry[],
  defaults: DeploymentDefaults,
  environment: Environment,
  isOmitting: boolean,
): Deployments {
  const omitted: OmittedDeployment[] = [];
  const drafts: Draft[] = [];
  for (const placed of entries) {
    const made = placed.unset === null ? draftsOf(placed, defaults, environment) : [];
    const left = omission(placed, isOmitting);
    if (left === null) drafts.push(...made);
    else omitted.push(left);
  }
  if (!isOmitting) namedSwitch(entries);
  const shares = sharesOf(
    drafts.map(({ entry, place, settings }) => ({ entry, place, group: settings.modelGroup })),
  );
  const ids = uniqueIds(drafts);
  const deployments = drafts.map(({ settings }, index) => ({
    ...settings,
    id: ids[index] ?? settings.id,
    weight: shares[index] ?? settings.weight,
  }));
  return { deployments, omitted };
}

/** Why an entry is left out; `null` where it is not. */
function omission(placed: PlacedEntry, isOmitting: boolean): OmittedDeployment | null {
  const { entry, place, unset } = placed;
  const unsupported = isOmitting ? takeUnsupported(place) : null;
  const modelGroup = entry.model_name ?? entry.model ?? place.path;
  if (unset !== null) {
    place.warn(
      `is left out: the environment variable ${unset.variable}, named at ${unset.path}, is not set`,
    );
    noteLeftOut(place);
    return { modelGroup, ...unset };
  }
  if (unsupported === null) return null;
  const { path, message, remedy } = unsupported;
  place.warn(`is left out: ${path} ${message}. ${remedy}`);
  noteLeftOut(place);
  return { modelGroup, path, reason: message };
}

function draftsOf(
  { entry, place, node }: PlacedEntry,
  defaults: DeploymentDefaults,
  environment: Environment,
): Draft[] {
  const name = nameOf(entry, place);
  const params = place.at('litellm_params');
  const model = params.at('model');
  if (entry.litellm_params.model === null && !hasProblemAt(params) && !hasProblemAt(model))
    model.refuse('is missing', 'Write provider/model, for example openai/gpt-4o.');
  const address = addressOf(entry.litellm_params, environment, params);
  if (name === null || address === null) return [];
  refuseStarsInAddress(name, address, place);
  warnOfRegion(entry.litellm_params.region_name, params.at('region_name'));
  warnOfVerification(entry.litellm_params.ssl_verify, params.at('ssl_verify'));
  const prices = pricesOf(entry, address.provider, params);
  const adjustment = defaults.adjustmentOf(address.provider);
  const described = describedDeployment(entry, node, address.provider);
  const organizations = entry.litellm_params.organization ?? [null];
  return organizations.map((organization, index) => {
    const shared = { modelGroup: name, organization, ...address };
    const given = entry.model_info.id;
    const id = given === null ? stableId(shared) : numbered(given, index);
    const behaviour = behaviourOf(entry, defaults);
    const settings = { ...shared, id, weight: 1, prices, adjustment, ...described, ...behaviour };
    return { entry, place, settings, isIdGiven: given !== null };
  });
}

function warnOfRegion(name: string | null, place: ConfigPath): void {
  if (name === null || modelRegionOf(name) !== null) return;
  place.warn('is neither in eu nor in us; customers with allowed_model_region are not served here');
}

function nameOf(entry: ModelEntry, place: SettingPlace<ModelEntry>): string | null {
  const name = entry.model_name ?? entry.model;
  const where = place.at('model_name');
  if (name === null) {
    if (!hasProblemAt(where) && !hasProblemAt(place.at('model')))
      where.refuse('is missing', 'Write the name that clients ask for.');
    return null;
  }
  return name;
}

/** With this form the model is part of the address, and no client may write into an address. */
function refuseStarsInAddress(
  name: string,
  address: { readonly dialect: Dialect },
  place: ConfigPath,
): void {
  if (!name.includes('*') || address.dialect !== 'azure-deployment') return;
  place
    .at('model_name')
    .refuseUnsupported(
      'has a "*", which Azure\'s deployment addresses cannot have',
      'List the deployments one by one, or use the v1 address (api_base ending in /openai/v1).',
    );
}

function warnOfVerification(value: string | null, place: ConfigPath): void {
  if (value === null || !isFalse(value)) return;
  place.warn(
    'is false, but certificates are always verified: litellm_settings.ssl_verify names the file of your certificate authority',
  );
}

function hasProblemAt(place: ConfigPath): boolean {
  return place.findings.problems.some(({ path }) => path === place.path);
}

/**
 * Returns an id that is the same for an entry at every start and on every replica. It is derived from the values that
 * distinguish deployments, without secrets: a new credential keeps the id, and the id reveals nothing of it.
 */
function stableId(
  parts: DeploymentAddress & Pick<DeploymentSettings, 'modelGroup' | 'organization'>,
): string {
  const { modelGroup, organization, provider, dialect, upstreamModel, apiBase, apiVersion } = parts;
  const text = JSON.stringify([
    modelGroup,
    provider,
    dialect,
    upstreamModel,
    apiBase,
    apiVersion,
    organization,
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, ID_LENGTH);
}

/** Entries that differ in their credential alone are numbered in the file's order. */
function uniqueIds(drafts: readonly Draft[]): string[] {
  const seen = new Map<string, number>();
  return drafts.map(({ settings: { id }, isIdGiven, place }) => {
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    if (count > 0 && isIdGiven)
      place.at('model_info').at('id').refuse('is used by another deployment', 'Choose another id.');
    return numbered(id, count);
  });
}

function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}-${String(index + 1)}`;
}
