import type { DeploymentSettings } from '#libs/config';
import { openaiHeaders } from './openai-headers.js';
import { below, type UpstreamDialect } from './upstream-dialect.js';

/** OpenAI and everything compatible: the path is appended to the base, which holds `/v1` where there is one. */
export class OpenaiDialect implements UpstreamDialect {
  readonly operations?: ReadonlySet<string>;

  /** @param operations those that an address which is compatible in part has; left out for all */
  constructor(operations?: readonly string[]) {
    if (operations !== undefined) this.operations = new Set(operations);
  }

  url({ apiBase }: DeploymentSettings, operation: string): URL {
    return below(apiBase, operation);
  }

  credential({ apiKey, organization }: DeploymentSettings): Readonly<Record<string, string>> {
    return {
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(organization === null ? {} : { 'openai-organization': organization }),
    };
  }

  readonly relayedHeaders = openaiHeaders;

  knowsIncludeUsage(): boolean {
    return true;
  }
}
