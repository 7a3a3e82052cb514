import { randomUUID } from 'node:crypto';
import type { ByteSequence } from '#libs/common';
import type { DeploymentSettings, ModelPackage } from '#libs/config';
import type { RelayRequest } from '../endpoints/request/relay-request.js';
import { boundedOutput } from './bounded-output.js';
import { decodeChat } from './chat/chat-request.js';
import { CompletionEncoder } from './chat/completion-encoder.js';
import type { TranslatedRequest } from './translated-model-call.js';

/** Whether the body of one call, or its deployment, leaves out what the provider cannot be told. */
const DROPS = 'drop_params';

/**
 * Returns a chat completion as a provider's package makes it.
 * @param body as it would be relayed
 * @throws GatehouseError `request_invalid` for a member that cannot be translated
 */
export function translatedChat(
  body: ByteSequence,
  { isStream, scan }: Pick<RelayRequest, 'isStream' | 'scan'>,
  deployment: DeploymentSettings,
  provider: ModelPackage,
): TranslatedRequest {
  const { upstreamModel, apiBase, apiKey } = deployment;
  const target = {
    providerName: provider.name,
    dropsParams: scan.has(DROPS) ? scan.value(DROPS) === true : deployment.dropsParams,
  };
  const request = decodeChat(JSON.parse(body.joined().toString('utf8')), target);
  return {
    request,
    isStream,
    encoder: new CompletionEncoder({
      id: `chatcmpl-${randomUUID()}`,
      created: Math.floor(Date.now() / 1_000),
      model: upstreamModel,
    }),
    billed: provider.billed,
    model: async (fetch) => {
      const create = await provider.load();
      const baseURL = withoutEnd(apiBase, provider.ownPath);
      const bounded = boundedOutput(fetch, request.options.maxOutputTokens);
      return create({ baseURL, apiKey: apiKey ?? '', fetch: bounded }).languageModel(upstreamModel);
    },
  };
}

function withoutEnd(address: string, end: string): string {
  return address.endsWith(end) ? address.slice(0, -end.length) : address;
}
