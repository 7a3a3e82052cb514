import { GatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { NO_HEADERS, type UpstreamHeaders } from '../upstream/upstream-headers.js';
import { below, type UpstreamDialect } from './upstream-dialect.js';

/** What the base may hold of Google's own paths, and its OpenAI-compatible address. */
const OWN_PATH = /(?:\/v1(?:beta)?)?(?:\/openai)?$/;
const VERSION = /\/v1(?:beta)?(?=\/|$)/;
/** Kinds of models that are part of the name. */
const KIND = /^(?:models|tunedModels)\//;

/** The Gemini API: `/v1beta/models/{model}:{operation}`. */
export class GeminiDialect implements UpstreamDialect {
  /**
   * Returns the address of an operation.
   * @throws GatehouseError `request_invalid` for a name that cannot be part of an address
   */
  url({ apiBase, upstreamModel }: DeploymentSettings, operation: string): URL {
    const url = new URL(apiBase);
    const [version = '/v1beta'] = VERSION.exec(url.pathname) ?? [];
    url.pathname = url.pathname.replace(/\/+$/, '').replace(OWN_PATH, version);
    return below(url.href, `/${modelPathOf(upstreamModel)}:${verbOf(operation)}`);
  }

  credential({ apiKey }: DeploymentSettings): UpstreamHeaders {
    return apiKey === null ? {} : { 'x-goog-api-key': apiKey };
  }

  relayedHeaders(): UpstreamHeaders {
    return NO_HEADERS;
  }

  knowsIncludeUsage(): boolean {
    return false;
  }
}

/** Returns the part of an operation's route behind the model, for example `generateContent`. */
export function verbOf(operation: string): string {
  return operation.slice(operation.lastIndexOf(':') + 1);
}

/**
 * Returns the name of a model as one part of an address. Below a wildcard of the configuration a client has written it.
 * @throws GatehouseError `request_invalid` for a name that is none
 */
export function modelSegment(model: string): string {
  requireSegment(model);
  return encodeURIComponent(model).replaceAll('%40', '@').replaceAll('%3A', ':');
}

/**
 * Refuses a name that ends or leaves its part of an address however it is encoded.
 * @throws GatehouseError `request_invalid`
 */
export function requireSegment(model: string): void {
  if (/^\.{0,2}$/.test(model))
    throw new GatehouseError('request_invalid', {
      param: 'model',
      message: 'The name of the model cannot be part of an address.',
    });
}

function modelPathOf(upstreamModel: string): string {
  const [kind = 'models/'] = KIND.exec(upstreamModel) ?? [];
  return `${kind}${modelSegment(upstreamModel.replace(KIND, ''))}`;
}
