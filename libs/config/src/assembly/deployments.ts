import { createHash } from 'node:crypto';
import type { ExactDecimal } from '#libs/common';
import type { Place } from '../diagnostics/config-diagnostics.js';
import { MODEL_ENTRY_KEYS, MODEL_INFO_KEYS, MODEL_PARAMS_KEYS } from '../names/litellm-names.js';
import type { ModelEntry, PlacedEntry } from '../schema/model-list.config.js';
import { isFalse } from '../schema/rules.js';
import type {
  DeploymentSettings,
  Dialect,
  OmittedDeployment,
  TokenPrices,
} from '../model/settings.js';
import type { Environment } from '../source/environment.js';
import { namedSwitch, noteLeftOut, takeUnsupported } from './left-out.js';
import { addressOf, type DeploymentAddress } from './deployment-address.js';
import { sharesOf } from './deployment-shares.js';

/** Defaults of an entry. */
export interface DeploymentDefaults {
  readonly timeoutSeconds: number;
  /** `null`: as the whole call. */
  readonly streamTimeoutSeconds: number | null;
  /** `always_include_stream_usage`. */
  readonly includesStreamUsage: boolean | null;
}

/** `model_list` after evaluation. */
export interface Deployments {
  readonly deployments: readonly DeploymentSettings[];
  readonly omitted: readonly OmittedDeployment[];
}

/** A deployment before its share of the calls and its final id are known. */
interface Draft {
  readonly entry: ModelEntry;
  readonly place: Place;
  readonly settings: DeploymentSettings;
  readonly isIdGiven: boolean;
}

const ID_LENGTH = 32;

/** Cheapest price per token that looks like a price per million tokens put in the wrong key. */
const SUSPICIOUS_PRICE = 0.01;

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
  const modelGroup = entry.name ?? entry.alias ?? place.path;
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
  { entry, place }: PlacedEntry,
  defaults: DeploymentDefaults,
  environment: Environment,
): Draft[] {
  const name = nameOf(entry, place);
  const params = place.at(MODEL_ENTRY_KEYS.params);
  const model = params.at(MODEL_PARAMS_KEYS.model);
  if (entry.params.model === null && !hasProblemAt(params) && !hasProblemAt(model))
    model.refuse('is missing', 'Write provider/model, for example openai/gpt-4o.');
  const address = addressOf(entry.params, environment, params);
  if (name === null || address === null) return [];
  refuseStarsInAddress(name, address, place);
  warnOfVerification(entry.params.sslVerify, params.at(MODEL_PARAMS_KEYS.sslVerify));
  const prices = pricesOf(entry, params);
  const organizations = entry.params.organizations ?? [null];
  return organizations.map((organization, index) => {
    const shared = { modelGroup: name, organization, ...address };
    const given = entry.info.id;
    const id = given === null ? stableId(shared) : numbered(given, index);
    const settings = { ...shared, id, weight: 1, prices, ...plainSettings(entry, defaults) };
    return { entry, place, settings, isIdGiven: given !== null };
  });
}

function plainSettings(
  entry: ModelEntry,
  defaults: DeploymentDefaults,
): Pick<
  DeploymentSettings,
  | 'extraHeaders'
  | 'timeoutSeconds'
  | 'streamTimeoutSeconds'
  | 'streamUsage'
  | 'baseModel'
  | 'accessGroups'
> {
  const { params, info } = entry;
  const timeoutSeconds = params.timeoutSeconds ?? defaults.timeoutSeconds;
  return {
    extraHeaders: params.extraHeaders ?? {},
    timeoutSeconds,
    streamTimeoutSeconds:
      params.streamTimeoutSeconds ??
      (params.timeoutSeconds === null ? defaults.streamTimeoutSeconds : null) ??
      timeoutSeconds,
    streamUsage: streamUsageOf(params.includesStreamUsage ?? defaults.includesStreamUsage),
    baseModel: info.baseModel,
    accessGroups: info.accessGroups ?? [],
  };
}

function streamUsageOf(included: boolean | null): DeploymentSettings['streamUsage'] {
  if (included === null) return 'hidden';
  return included ? 'shown' : 'off';
}

function nameOf(entry: ModelEntry, place: Place): string | null {
  const name = entry.name ?? entry.alias;
  const where = place.at(MODEL_ENTRY_KEYS.name);
  if (name === null) {
    if (!hasProblemAt(where) && !hasProblemAt(place.at(MODEL_ENTRY_KEYS.alias)))
      where.refuse('is missing', 'Write the name that clients ask for.');
    return null;
  }
  return name;
}

/** With this form the model is part of the address, and no client may write into an address. */
function refuseStarsInAddress(
  name: string,
  address: { readonly dialect: Dialect },
  place: Place,
): void {
  if (!name.includes('*') || address.dialect !== 'azure-deployment') return;
  place
    .at(MODEL_ENTRY_KEYS.name)
    .refuseUnsupported(
      'has a "*", which Azure\'s deployment addresses cannot have',
      'List the deployments one by one, or use the v1 address (api_base ending in /openai/v1).',
    );
}

function warnOfVerification(value: string | null, place: Place): void {
  if (value === null || !isFalse(value)) return;
  place.warn(
    'is false, but certificates are always verified: litellm_settings.ssl_verify names the file of your certificate authority',
  );
}

function hasProblemAt(place: Place): boolean {
  return place.findings.problems.some(({ path }) => path === place.path);
}

function pricesOf(entry: ModelEntry, place: Place): TokenPrices | null {
  const { params, info } = entry;
  const input = params.inputPrice ?? info.inputPrice;
  const output = params.outputPrice ?? info.outputPrice;
  const cachedInput = params.cachedInputPrice ?? info.cachedInputPrice;
  if (input === null && output === null && cachedInput === null) return null;
  if ([input, output].some((price) => price !== null && approximate(price) >= SUSPICIOUS_PRICE))
    place.warn('has a price per token of a cent or more: is it a price per thousand or million?');
  return withoutNull({ input, output, cachedInput });
}

function withoutNull<K extends string, V>(
  value: Readonly<Record<K, V | null>>,
): Partial<Record<K, V>> {
  const known = Object.entries<V | null>(value).filter(([, member]) => member !== null);
  return Object.fromEntries(known) as Partial<Record<K, V>>;
}

function approximate({ coefficient, scale }: ExactDecimal): number {
  return Number(`${coefficient.toString()}e-${String(scale)}`);
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
      place
        .at(MODEL_ENTRY_KEYS.info)
        .at(MODEL_INFO_KEYS.id)
        .refuse('is used by another deployment', 'Choose another id.');
    return numbered(id, count);
  });
}

function numbered(id: string, index: number): string {
  return index === 0 ? id : `${id}-${String(index + 1)}`;
}
