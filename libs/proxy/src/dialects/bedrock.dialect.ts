import type { IncomingHttpHeaders } from 'node:http';
import { ByteSequence, memoizeByObject } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { bedrockTranslation, countTranslation } from '../clouds/bedrock-responses.js';
import { TranslatedCall } from '../clouds/translated-call.js';
import type { UpstreamCall } from '../upstream/upstream-call.js';
import { NO_HEADERS, type UpstreamHeaders } from '../upstream/upstream-headers.js';
import { betasOf } from './anthropic.dialect.js';
import { requireSegment } from './google.dialect.js';
import {
  below,
  type BodyMembers,
  type RespondedCall,
  type UpstreamDialect,
} from './upstream-dialect.js';

const COUNT_TOKENS = '/v1/messages/count_tokens';
/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
const MESSAGE: BodyMembers = {
  anthropic_version: '"bedrock-2023-05-31"',
  model: null,
  stream: null,
};
/** A counted message must be one that could be sent, with room for any thinking. */
const COUNTED: BodyMembers = { ...MESSAGE, max_tokens: '64000' };
/** Tokens are counted by models, not by their profiles of several regions. */
const GEOGRAPHY = /^(?:arn:.*\/)?(?:[a-z]{2}(?:-gov)?|apac|global)\.(?=anthropic\.)/;
/**
 * The beta features that Bedrock knows; it refuses a request that names another.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
const BETAS: ReadonlySet<string> = new Set([
  'compact-2026-01-12',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
  'tool-search-tool-2025-10-19',
]);

/** Anthropic's models at Amazon Bedrock: `/model/{id}/invoke`, with Anthropic's body. */
export class BedrockAnthropicDialect implements UpstreamDialect {
  /**
   * Returns the address of an operation.
   * @throws GatehouseError `request_invalid` for a name that cannot be part of an address
   */
  url({ apiBase, upstreamModel }: DeploymentSettings, operation: string, isStream = false): URL {
    if (operation === COUNT_TOKENS)
      return modelAddress(apiBase, upstreamModel.replace(GEOGRAPHY, ''), 'count-tokens');
    const verb = isStream ? 'invoke-with-response-stream' : 'invoke';
    return modelAddress(apiBase, upstreamModel, verb);
  }

  /** A key of Bedrock; a signature is made for each request. */
  credential({ apiKey }: DeploymentSettings): UpstreamHeaders {
    return apiKey === null ? NO_HEADERS : { authorization: `Bearer ${apiKey}` };
  }

  relayedHeaders(): UpstreamHeaders {
    // The body names the beta features; the binary stream has no type of its own here.
    return { accept: 'application/json' };
  }

  bodyMembers(
    client: IncomingHttpHeaders,
    deployment: DeploymentSettings,
    operation: string,
  ): BodyMembers {
    const members = membersOf(client)(deployment);
    return operation === COUNT_TOKENS ? members.counted : members.message;
  }

  wrapped(body: ByteSequence, operation: string): ByteSequence {
    if (operation !== COUNT_TOKENS) return body;
    const input = { invokeModel: { body: body.joined().toString('base64') } };
    return new ByteSequence([Buffer.from(JSON.stringify({ input }))]);
  }

  readonly hasNoQuery = true;

  received(call: UpstreamCall, { operation, requestId }: RespondedCall): UpstreamCall {
    const translationOf = operation === COUNT_TOKENS ? countTranslation : bedrockTranslation;
    return new TranslatedCall(call, (head) => translationOf(head, requestId));
  }

  knowsIncludeUsage(): boolean {
    return false;
  }
}

const membersOf = memoizeByObject((client: IncomingHttpHeaders) =>
  memoizeByObject(({ extraHeaders }: DeploymentSettings) => {
    const betas = betasFor(client, extraHeaders);
    const named: BodyMembers = betas.length === 0 ? {} : { anthropic_beta: JSON.stringify(betas) };
    return { message: { ...MESSAGE, ...named }, counted: { ...COUNTED, ...named } };
  }),
);

/** Every one of the deployment, and of the client's those that are known. */
function betasFor(
  { 'anthropic-beta': named }: IncomingHttpHeaders,
  extraHeaders: DeploymentSettings['extraHeaders'],
): readonly string[] {
  const own = Object.entries(extraHeaders)
    .filter(([name]) => name.toLowerCase() === 'anthropic-beta')
    .map(([, value]) => value);
  const asked = betasOf([named]).filter((beta) => BETAS.has(beta));
  return betasOf([...own, asked.join(',')]);
}

/** Amazon's own clients encode every character of the name. */
function modelAddress(base: string, model: string, verb: string): URL {
  requireSegment(model);
  return below(base, `/model/${encodeURIComponent(model)}/${verb}`);
}
