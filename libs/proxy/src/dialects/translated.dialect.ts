import type { DeploymentSettings } from '#libs/config';
import { NO_HEADERS, type UpstreamHeaders } from '../upstream/upstream-headers.js';
import type { UpstreamDialect } from './upstream-dialect.js';

/** Providers whose package makes the requests: addresses, credentials and bodies are its own. */
export class TranslatedDialect implements UpstreamDialect {
  readonly operations: ReadonlySet<string> = new Set(['/chat/completions']);

  url({ apiBase }: DeploymentSettings): URL {
    return new URL(apiBase);
  }

  credential(): UpstreamHeaders {
    return NO_HEADERS;
  }

  relayedHeaders(): UpstreamHeaders {
    return NO_HEADERS;
  }

  knowsIncludeUsage(): boolean {
    return true;
  }
}
