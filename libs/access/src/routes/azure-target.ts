/** Whether the prefix of a provider passes requests through. */
interface PrefixSettings {
  readonly prefixes: readonly { readonly path: string }[];
}

const PREFIX = '/openai';
/**
 * Operations of a whole resource at Azure that the gateway has too, at the dated address and at the v1 one:
 * https://learn.microsoft.com/azure/ai-foundry/openai/reference-preview-latest. `/openai/deployments/{model}/…`, `/openai/v1/responses` and
 * `/openai/v1/realtime` are spellings of their routes and not among them.
 */
const OF_RESOURCE =
  /^\/openai(?:\/v1)?(?=(?:\/(?:audio|batches|chat|completions|containers|conversations|embeddings|files|fine_tuning|images|models|realtime|responses|vector_stores)(?:[/?]|$)))/;
/** The official clients write their deployment before this operation as well, which has none. */
const OF_DEPLOYMENT = /^\/openai\/deployments\/[^/?]+(?=\/batches\/?(?:\?|$))/;
/** Azure's dated API demands it, and every client of Azure sends it. */
const VERSION = /[?&]api-version=/;
const REALTIME = /^\/v1\/realtime\/?\?/;

/**
 * Returns the target of the gateway's own operation for one that Azure's API has at a place below `/openai`, which is also the prefix
 * that passes requests through to OpenAI: a request with `api-version` is Azure's, and one without it where the prefix is
 * not set up. Any other target is returned unchanged.
 * @param target request target in normal form, query included
 */
export function withoutAzure(target: string, { prefixes }: PrefixSettings): string {
  if (!target.startsWith(PREFIX)) return target;
  const place = OF_RESOURCE.exec(target) ?? OF_DEPLOYMENT.exec(target);
  if (place === null) return target;
  const isPassed = prefixes.some(({ path }) => path === PREFIX) && !VERSION.test(target);
  if (isPassed) return target;
  const own = `/v1${target.slice(place[0].length)}`;
  // Azure names the model of a WebSocket by its deployment.
  return REALTIME.test(own) ? own.replace(/(?<=[?&])deployment=/g, 'model=') : own;
}
