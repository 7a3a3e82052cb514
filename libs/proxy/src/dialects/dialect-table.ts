import type { WireFormat } from '#libs/common';
import type { DeploymentSettings, Dialect } from '#libs/config';
import { AnthropicDialect } from './anthropic.dialect.js';
import { AzureDeploymentDialect, AzureV1Dialect } from './azure.dialects.js';
import { BedrockAnthropicDialect } from './bedrock.dialect.js';
import { GeminiDialect } from './google.dialect.js';
import { OpenaiDialect } from './openai.dialect.js';
import { TranslatedDialect } from './translated.dialect.js';
import type { UpstreamDialect } from './upstream-dialect.js';
import { VertexAnthropicDialect, VertexGoogleDialect } from './vertex.dialects.js';

const openai = new OpenaiDialect();
/** Operations of the OpenAI-compatible address of Anthropic: https://platform.claude.com/docs/en/api/openai-sdk. */
const ofAnthropic = new OpenaiDialect(['/chat/completions']);
/** Operations of the OpenAI-compatible address of Google: https://ai.google.dev/gemini-api/docs/openai. */
const ofGoogle = new OpenaiDialect(['/chat/completions', '/embeddings', '/images/generations']);

/** Every dialect by its name in the settings, for each API whose form its upstreams speak. */
export const DIALECTS: Readonly<
  Record<Dialect, Readonly<Partial<Record<WireFormat, UpstreamDialect>>>>
> = {
  openai: { openai },
  'azure-deployment': { openai: new AzureDeploymentDialect() },
  'azure-v1': { openai: new AzureV1Dialect() },
  anthropic: { openai: ofAnthropic, anthropic: new AnthropicDialect() },
  gemini: { openai: ofGoogle, google: new GeminiDialect() },
  'vertex-google': { google: new VertexGoogleDialect() },
  'vertex-anthropic': { anthropic: new VertexAnthropicDialect() },
  'bedrock-anthropic': { anthropic: new BedrockAnthropicDialect() },
  translated: { openai: new TranslatedDialect() },
};

/** Returns the API whose form an operation has: OpenAI's unless it says otherwise. */
export function wireOf({ wire }: { readonly wire?: WireFormat }): WireFormat {
  return wire ?? 'openai';
}

/** Returns the operation that upstreams are asked for: the route unless it says otherwise. */
export function operationOf({
  route,
  operation,
}: {
  readonly route: string;
  readonly operation?: string;
}): string {
  return operation ?? route;
}

/** Tells whether the upstream of a deployment speaks the form of an API. */
export function speaks(
  { dialect }: Pick<DeploymentSettings, 'dialect'>,
  wire: WireFormat,
): boolean {
  return DIALECTS[dialect][wire] !== undefined;
}

/** An operation, with the API whose form it has. */
export interface SpokenOperation {
  readonly route: string;
  /** Left out where it is the route. */
  readonly operation?: string;
  /** Left out for OpenAI's. */
  readonly wire?: WireFormat;
}

/** Tells whether the upstream of a deployment has an operation, in the form of its API. */
export function offers(
  { dialect }: Pick<DeploymentSettings, 'dialect'>,
  operation: SpokenOperation,
): boolean {
  const spoken = DIALECTS[dialect][wireOf(operation)];
  return spoken !== undefined && spoken.operations?.has(operationOf(operation)) !== false;
}

/**
 * Returns the dialect of a deployment for the form of an API.
 * @throws TypeError when its upstream does not speak that form: planning leaves such deployments out
 */
export function dialectOf(
  { dialect }: Pick<DeploymentSettings, 'dialect'>,
  wire: WireFormat,
): UpstreamDialect {
  const found = DIALECTS[dialect][wire];
  if (found === undefined) throw new TypeError(`an upstream of ${dialect} was asked in ${wire}`);
  return found;
}
