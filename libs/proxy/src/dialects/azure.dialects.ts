import type { DeploymentSettings } from '#libs/config';
import { openaiHeaders } from './openai-headers.js';
import { below, type UpstreamDialect } from './upstream-dialect.js';

/** First month of Azure's API that knows `stream_options` (preview 2024-09-01). */
const FIRST_MONTH_WITH_USAGE = '2024-09';

/** Operations that Azure has for a whole resource, with the deployment in the body or in the query. */
const OF_RESOURCE =
  /^\/(?:responses|conversations|containers|realtime|files|batches|fine_tuning|vector_stores)(?:\/|$)/;

/** Azure OpenAI by deployment: `/openai/deployments/{model}/{operation}?api-version=…`. */
export class AzureDeploymentDialect implements UpstreamDialect {
  url({ apiBase, upstreamModel, apiVersion }: DeploymentSettings, operation: string): URL {
    const base = apiBase.replace(/\/openai$/, '');
    const deployment = `/deployments/${encodeURIComponent(upstreamModel)}`;
    const url = below(base, `/openai${OF_RESOURCE.test(operation) ? '' : deployment}${operation}`);
    if (apiVersion !== null) url.searchParams.set('api-version', apiVersion);
    return url;
  }

  credential(deployment: DeploymentSettings): Readonly<Record<string, string>> {
    return azureCredential(deployment);
  }

  readonly relayedHeaders = openaiHeaders;

  readonly modelParameter = 'deployment';

  knowsIncludeUsage({ apiVersion }: DeploymentSettings): boolean {
    return (
      apiVersion === null ||
      !/^\d{4}-\d{2}/.test(apiVersion) ||
      apiVersion.slice(0, FIRST_MONTH_WITH_USAGE.length) >= FIRST_MONTH_WITH_USAGE
    );
  }
}

/** Azure OpenAI's v1 address: `/openai/v1/{operation}`, the model in the body, no dated version. */
export class AzureV1Dialect implements UpstreamDialect {
  url({ apiBase, apiVersion }: DeploymentSettings, operation: string): URL {
    const base = apiBase.replace(/\/openai(\/v1)?$/, '');
    const url = below(base, `/openai/v1${operation}`);
    if (apiVersion === 'preview') url.searchParams.set('api-version', apiVersion);
    return url;
  }

  credential(deployment: DeploymentSettings): Readonly<Record<string, string>> {
    return azureCredential(deployment);
  }

  readonly relayedHeaders = openaiHeaders;

  knowsIncludeUsage(): boolean {
    return true;
  }
}

function azureCredential({ apiKey }: DeploymentSettings): Readonly<Record<string, string>> {
  return apiKey === null ? {} : { 'api-key': apiKey };
}
