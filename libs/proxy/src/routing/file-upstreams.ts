import { GatehouseError, memoizeByObject } from '#libs/common';
import type { DeploymentSettings, FileUpstream, Settings } from '#libs/config';
import { offers } from '../dialects/dialect-table.js';
import { bareDeployment, NO_COOL_DOWN, NO_DEPLOYMENT_LIMITS } from './bare-deployment.js';
import { standaloneGroup, modelRegistryOf, type ModelGroup } from './model-registry.js';

/** What a request says about the upstream of its file. */
export interface FilePlace {
  /** Group of the model list whose upstream is to keep the file; `null` for none. */
  readonly model: string | null;
  /** `custom_llm_provider`; `null` for none. */
  readonly provider: string | null;
  /** Model of all requests in the file; `null` for a file that holds no requests. */
  readonly batchModel: string | null;
}

const DEFAULT_PROVIDER = 'openai';

/**
 * Returns the group that keeps a new file: that of the model that the request names, else the upstream of `files_settings` of its
 * provider. A file of requests goes there only where the model is served by that provider, else to a deployment of the model.
 * @throws GatehouseError `model_unknown`, `not_found` without such an upstream, `operation_unsupported`
 */
export function groupForFile(
  { model, provider, batchModel }: FilePlace,
  settings: Settings,
): ModelGroup {
  if (model !== null) return groupOfModel(model, settings);
  const wanted = provider ?? DEFAULT_PROVIDER;
  const upstream =
    settings.files.find((one) => one.provider === wanted) ??
    (provider === null ? settings.files[0] : undefined);
  if (batchModel !== null) {
    const served = upstream === undefined ? null : servedAt(upstream, batchModel, settings);
    if (served !== null) return standaloneGroup({ name: batchModel, deployments: [served] });
    if (provider === null) return groupOfModel(batchModel, settings);
  }
  if (upstream === undefined) throw notSetUp(wanted);
  return standaloneGroup({ name: upstream.id, deployments: [plainDeployment(upstream)] });
}

/**
 * Returns the deployment that keeps an object; `null` when the configuration does not have it any more.
 * @param modelGroup the name by which it was asked for
 */
export function keeperOf(
  { deploymentId, modelGroup }: { readonly deploymentId: string; readonly modelGroup: string },
  settings: Settings,
): DeploymentSettings | null {
  const group = modelRegistryOf(settings).find(modelGroup);
  const hasId = ({ id }: DeploymentSettings): boolean => id === deploymentId;
  // That of a wildcard group has the name of the model where the star is.
  const listed = group?.deployments.find(hasId) ?? settings.deployments.find(hasId);
  if (listed !== undefined) return listed;
  const upstream = settings.files.find(({ id }) => id === deploymentId);
  if (upstream === undefined) return null;
  return modelGroup === upstream.id
    ? plainDeployment(upstream)
    : (servedAt(upstream, modelGroup, settings) ?? plainDeployment(upstream));
}

function groupOfModel(model: string, settings: Settings): ModelGroup {
  const group = modelRegistryOf(settings).find(model);
  if (group === null) throw new GatehouseError('model_unknown', { param: 'model' });
  const deployments = group.deployments.filter((one) => hasFiles(one));
  if (deployments.length > 0) return { ...group, deployments };
  throw new GatehouseError('operation_unsupported', {
    message: 'The requested model is not served by an upstream that keeps files.',
    param: 'model',
  });
}

/** Anthropic and Google have APIs of files of their own. */
function hasFiles(deployment: DeploymentSettings): boolean {
  return offers(deployment, { route: '/files' });
}

/** The deployment of a model at the provider of an upstream, with the account of that upstream. */
function servedAt(
  upstream: FileUpstream,
  model: string,
  settings: Settings,
): DeploymentSettings | null {
  const group = modelRegistryOf(settings).find(model);
  const ofProvider = (group?.deployments ?? []).filter(
    ({ provider }) => provider === upstream.provider,
  );
  const member = ofProvider.find(({ apiBase }) => apiBase === upstream.apiBase) ?? ofProvider[0];
  return member === undefined ? null : atUpstream(upstream)(member);
}

/** The same objects as long as the settings stay, for what is kept by deployment. */
const atUpstream = memoizeByObject((upstream: FileUpstream) =>
  memoizeByObject((member: DeploymentSettings): DeploymentSettings => ({
    ...member,
    ...upstream,
    limits: NO_DEPLOYMENT_LIMITS,
    coolDown: NO_COOL_DOWN,
  })),
);

const plainDeployment = memoizeByObject((upstream: FileUpstream) =>
  bareDeployment(upstream, upstream.id),
);

function notSetUp(provider: string): GatehouseError {
  return new GatehouseError('not_found', {
    message: `No upstream of ${provider.slice(0, 64)} keeps files here: files_settings names none.`,
  });
}
