import type { IncomingHttpHeaders } from 'node:http';
import type { DeploymentSettings } from '#libs/config';
import { anthropicErrors } from '../clouds/anthropic-errors.js';
import { TranslatedCall } from '../clouds/translated-call.js';
import type { UpstreamCall } from '../upstream/upstream-call.js';
import { NO_HEADERS, type UpstreamHeaders } from '../upstream/upstream-headers.js';
import { betasHeader } from './anthropic.dialect.js';
import { modelSegment, verbOf } from './google.dialect.js';
import {
  below,
  type BodyMembers,
  type RespondedCall,
  type UpstreamDialect,
} from './upstream-dialect.js';

/** The base is that of one model already. */
const OF_MODEL = /\/publishers\/[^/]+\/models\/[^/]+$/;
const COUNT_TOKENS = '/v1/messages/count_tokens';
/** The model that stands for all where tokens are counted; the body names the one that is meant. */
const COUNTING_MODEL = 'count-tokens';
/** https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude */
const VERSION = { anthropic_version: '"vertex-2023-10-16"' } as const;
const MESSAGE: BodyMembers = { ...VERSION, model: null };

/** Google's models at Vertex AI: `…/publishers/google/models/{model}:{operation}`. */
export class VertexGoogleDialect implements UpstreamDialect {
  /**
   * Returns the address of an operation.
   * @throws GatehouseError `request_invalid` for a name that cannot be part of an address
   */
  url({ apiBase, upstreamModel }: DeploymentSettings, operation: string): URL {
    return modelAddress(apiBase, 'google', upstreamModel, verbOf(operation));
  }

  readonly credential = vertexKey;

  relayedHeaders(): UpstreamHeaders {
    return NO_HEADERS;
  }

  knowsIncludeUsage(): boolean {
    return false;
  }
}

/** Anthropic's models at Vertex AI: `…/publishers/anthropic/models/{model}:rawPredict`, with Anthropic's body. */
export class VertexAnthropicDialect implements UpstreamDialect {
  /**
   * Returns the address of an operation.
   * @throws GatehouseError `request_invalid` for a name that cannot be part of an address
   */
  url({ apiBase, upstreamModel }: DeploymentSettings, operation: string, isStream = false): URL {
    if (operation !== COUNT_TOKENS)
      return modelAddress(
        apiBase,
        'anthropic',
        upstreamModel,
        isStream ? 'streamRawPredict' : 'rawPredict',
      );
    const base = apiBase.replace(OF_MODEL, '');
    return modelAddress(base, 'anthropic', COUNTING_MODEL, 'rawPredict');
  }

  readonly credential = vertexKey;

  relayedHeaders(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders {
    return betasHeader(client, fixed);
  }

  bodyMembers(
    _client: IncomingHttpHeaders,
    _deployment: DeploymentSettings,
    operation: string,
  ): BodyMembers {
    return operation === COUNT_TOKENS ? VERSION : MESSAGE;
  }

  readonly hasNoQuery = true;

  received(call: UpstreamCall, { requestId }: RespondedCall): UpstreamCall {
    return new TranslatedCall(call, (head) => anthropicErrors(head, requestId));
  }

  knowsIncludeUsage(): boolean {
    return false;
  }
}

function modelAddress(base: string, publisher: string, model: string, verb: string): URL {
  const segment = modelSegment(model);
  return OF_MODEL.test(new URL(base).pathname)
    ? below(base, `:${verb}`)
    : below(base, `/publishers/${publisher}/models/${segment}:${verb}`);
}

/** The key of an account without a project; a token of Google Cloud is found for each request. */
function vertexKey({ apiKey }: DeploymentSettings): UpstreamHeaders {
  return apiKey === null ? NO_HEADERS : { 'x-goog-api-key': apiKey };
}
