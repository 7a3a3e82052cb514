import type { JsonObjectScan } from '#libs/common';
import type { NamedObject } from '#libs/objects';
import { priceClassIn } from '#libs/spend';
import { estimateInputTokens } from '../request/estimate.js';
import { handsOut, keptNames } from '../ids/kept-names.js';
import type { NamedMembers, ObjectUse } from '../request/object-use.js';
import { readCommon, type RelayRequest } from '../request/relay-request.js';
import { hasType, invalidParameter, readText } from '../request/request-values.js';

/** Members that both operations of the Messages API evaluate. */
const EVALUATED: ReadonlySet<string> = new Set([
  ...['max_tokens', 'messages', 'stream'],
  ...['speed', 'inference_geo'],
]);
/** A member of Anthropic's own; on OpenAI's routes LiteLLM has one of that name. */
const KEPT: ReadonlySet<string> = new Set(['metadata']);
const INPUT_MEMBERS = ['system', 'messages', 'tools'] as const;
/** Names the end user for the gateway, and is unknown to Anthropic. */
const END_USER = 'user';

/** Files that documents, pictures and uploads to containers name, also in the results of tools. */
export const MESSAGE_OBJECTS: ObjectUse = {
  named: namedObjects,
  made: handsOut('container', 'tools'),
};

/**
 * Reads what the operations of the Messages API have in common.
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readMessages(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  if (!hasType(common.scan, 'messages', ['array']))
    throw invalidParameter('messages', '"messages" must be an array.');
  return {
    ...common,
    serviceTier: priceClassOf(common),
    dropped: [...common.dropped.filter((name) => !KEPT.has(name)), END_USER],
    // The usage always comes.
    wantsUsage: true,
  };
}

function priceClassOf({ scan, serviceTier }: RelayRequest): string | null {
  return priceClassIn({
    service_tier: serviceTier,
    speed: readText(scan, 'speed'),
    inference_geo: readText(scan, 'inference_geo'),
  });
}

/** Estimates the tokens of the input from its text. */
export function estimateMessages(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, INPUT_MEMBERS);
}

/** Files, the container in which tools of an earlier message ran, and the skills of one. */
function namedObjects(body: NamedMembers): NamedObject[] {
  return keptNames(body, ['system', 'messages', 'container']);
}
