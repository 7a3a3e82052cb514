import type { Dialect } from '#libs/config';
import { AzureDeploymentDialect, AzureV1Dialect } from './azure.dialects.js';
import { OpenaiDialect } from './openai.dialect.js';
import type { UpstreamDialect } from './upstream-dialect.js';

/** Every dialect by its name in the settings. */
export const DIALECTS: Readonly<Record<Dialect, UpstreamDialect>> = {
  openai: new OpenaiDialect(),
  'azure-deployment': new AzureDeploymentDialect(),
  'azure-v1': new AzureV1Dialect(),
};
