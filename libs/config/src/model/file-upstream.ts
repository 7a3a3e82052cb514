import type { DeploymentSettings } from './settings.js';

/** An upstream that keeps files, and what is made of them: batches, fine-tuning jobs and vector stores. */
export interface FileUpstream extends Pick<
  DeploymentSettings,
  | 'provider'
  | 'dialect'
  | 'apiBase'
  | 'apiKey'
  | 'apiVersion'
  | 'organization'
  | 'adjustment'
  | 'timeoutSeconds'
> {
  /** `files:` and the name of the provider. */
  readonly id: string;
}
