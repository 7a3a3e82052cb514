import {
  prefixCallOf,
  prefixModelOf,
  type AdmittedCall,
  type PrefixCall,
  type RequestedRoute,
} from '#libs/access';
import { GatehouseError, memoizeByObject, memoizeByString } from '#libs/common';
import type { DeploymentSettings, ModelPrices, PassThroughTarget, Settings } from '#libs/config';
import { BY_INPUT_TOKENS, BY_NOTHING, BY_REQUEST, BY_TOKENS, type Billing } from '#libs/spend';
import { requireModelName } from '../endpoints/request/relay-request.js';
import { bareDeployment } from '../routing/bare-deployment.js';
import type { Destination } from './destination.js';

/** A call that goes to an upstream as it is. */
export interface PassThroughPlan {
  readonly target: PassThroughTarget;
  /** Whether it is an endpoint of the configuration; else it is the prefix of a provider. */
  readonly isEndpoint: boolean;
  /** Path below that of the target; empty for the target itself. */
  readonly below: string;
  /** The model that it calls, in the words of the provider; `null` where that is not known. */
  readonly model: string | null;
  /** One deployment, which no list has. Its name is the model's, else the path of the target. */
  readonly group: Destination['group'];
  readonly billing: Billing;
}

/** Operations whose providers bill the input alone. */
const INPUT_ALONE =
  /\/(?:embeddings|embed|moderations|rerank)$|:(?:embedContent|batchEmbedContents)$/i;
/** Operations that count tokens, which no provider bills. */
const COUNTING = /\/count_tokens$|:countTokens$|\/count-tokens$/i;

/**
 * Returns what a call passes through to.
 * @param body members of the body; `null` where it is not a JSON object
 * @returns `null` for a route that passes nothing through
 * @throws GatehouseError `not_found` for a prefix without a credential, `request_invalid` for a body without its model
 */
export function passThroughPlanOf(
  route: Pick<RequestedRoute, 'method' | 'path' | 'endpoint'>,
  body: AdmittedCall['body'],
  settings: Pick<Settings, 'passThrough'>,
): PassThroughPlan | null {
  if (route.endpoint !== undefined) return planOfEndpoint(route, settings);
  const below = prefixCallOf(route);
  return below === null ? null : planOfPrefix(below, body, settings);
}

/** The model is not known: which member names it, and in whose words, is a matter of the upstream. */
function planOfEndpoint(
  { path, endpoint }: Pick<RequestedRoute, 'path' | 'endpoint'>,
  { passThrough }: Pick<Settings, 'passThrough'>,
): PassThroughPlan | null {
  const target = passThrough.endpoints.find((one) => one === endpoint);
  if (target === undefined) return null;
  const below = path.slice(target.path.length);
  const group = groupsOf(target)('');
  const billing = billingOf(target, below, null);
  return { target, isEndpoint: true, below, model: null, group, billing };
}

function planOfPrefix(
  call: PrefixCall,
  body: AdmittedCall['body'],
  { passThrough }: Pick<Settings, 'passThrough'>,
): PassThroughPlan | null {
  const { prefix, below } = call;
  const target = passThrough.prefixes.find(({ path }) => path === prefix);
  if (target === undefined) {
    const lacking = passThrough.lackingPrefixes.find(({ path }) => path === prefix);
    if (lacking === undefined) return null;
    throw new GatehouseError('not_found', {
      message: `The prefix ${prefix} is not set up here: ${lacking.lack}.`,
    });
  }
  const model = modelOf(call, body);
  const group = groupsOf(target)(model ?? '');
  const billing = billingOf(target, below, model);
  return { target, isEndpoint: false, below, model, group, billing };
}

function billingOf(
  { costPerRequest }: PassThroughTarget,
  below: string,
  model: string | null,
): Billing {
  if (costPerRequest !== null) return BY_REQUEST;
  if (model !== null && COUNTING.test(below)) return BY_NOTHING;
  return INPUT_ALONE.test(below) ? BY_INPUT_TOKENS : BY_TOKENS;
}

function modelOf(call: PrefixCall, body: AdmittedCall['body']): string | null {
  const source = prefixModelOf(call);
  if (source === null) return null;
  return requireModelName(source.kind === 'path' ? source.model : body?.value('model'));
}

/** By target and model, so that prices are found once. */
const groupsOf = memoizeByObject((target: PassThroughTarget) =>
  memoizeByString((model): Destination['group'] => {
    const name = model === '' ? target.path : model;
    return { name, deployments: [deploymentOf(target, name)] };
  }),
);

function deploymentOf(target: PassThroughTarget, name: string): DeploymentSettings {
  const { path, provider, address, timeoutSeconds, adjustment } = target;
  const id = `pass-through:${path}`;
  const upstream = { id, provider, dialect: 'openai', apiBase: address, timeoutSeconds } as const;
  return bareDeployment({ ...upstream, adjustment, prices: pricesOf(target) }, name);
}

function pricesOf({ costPerRequest }: PassThroughTarget): ModelPrices | null {
  return costPerRequest === null ? null : { request: costPerRequest };
}
