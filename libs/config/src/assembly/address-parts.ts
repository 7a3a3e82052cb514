import type { CLOUD_FIELDS } from '../schema/cloud.config.js';
import type { ModelEntry } from '../schema/model-list.config.js';
import type { DeploymentSettings } from '../model/settings.js';
import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { Environment } from '../source/environment.js';

type CloudParam = keyof typeof CLOUD_FIELDS;

/** The members that name an address. */
export type ModelParams = Pick<
  ModelEntry['litellm_params'],
  'model' | 'custom_llm_provider' | 'api_base' | 'api_key' | 'api_version'
> &
  Partial<Pick<ModelEntry['litellm_params'], CloudParam>>;

/** The address, provider and credential of a deployment. */
export type DeploymentAddress = Pick<
  DeploymentSettings,
  'provider' | 'dialect' | 'upstreamModel' | 'apiBase' | 'apiKey' | 'apiVersion' | 'cloud'
>;

/** A model with its provider. */
export interface NamedModel {
  readonly providerName: string;
  readonly upstreamModel: string;
}

/** Where an entry stands, and what is around it. */
export interface AddressContext {
  readonly environment: Environment;
  /** Of `litellm_params`. */
  readonly place: ConfigPath;
}
