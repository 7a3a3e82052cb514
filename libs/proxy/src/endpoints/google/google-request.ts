import { scanJsonObject, type ByteSequence, type JsonObjectScan } from '#libs/common';
import { estimateInputTokens } from '../request/estimate.js';
import { requireOwnFiles } from './google-files.js';
import { memberName, requireClearNames } from './google-names.js';
import { readCommon, type BodyTarget, type RelayRequest } from '../request/relay-request.js';
import { CHOICES, TOKEN_BOUND } from '../request/request-parameters.js';
import {
  hasType,
  invalidParameter,
  readInteger,
  readText,
  smallValue,
  type IntegerRange,
} from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set(['contents']);
const INPUT_MEMBERS = ['contents', 'systemInstruction', 'system_instruction', 'tools'] as const;
/** The path names the model, and Google knows no end user. */
const NEVER_SENT = ['model', 'user'] as const;

/**
 * Reads a request in Google's form. Reads both spellings that Google's servers take, `generationConfig` and `generation_config`.
 * https://ai.google.dev/api/generate-content
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readGoogle(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  requireClearNames(common.scan);
  requireOwnFiles(common.scan);
  const config = configOf(common.scan);
  const bounds = config === null ? {} : boundsOf(config.scan, config.name);
  return {
    ...common,
    ...bounds,
    // Every event has it.
    wantsUsage: true,
    serviceTier: tierOf(common.scan),
    dropped: [...common.dropped, ...NEVER_SENT],
  };
}

/**
 * As {@link readGoogle}, for an operation that generates.
 * @throws GatehouseError `request_invalid`
 */
export function readGeneration(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
): RelayRequest {
  const request = readGoogle(scan, pathModel);
  // Google takes one content in place of a list of one.
  if (!hasType(request.scan, 'contents', ['array', 'object']))
    throw invalidParameter('contents', '"contents" must be an array.');
  return request;
}

/** Returns the bytes for an upstream: the client's, without what only the gateway knows. */
export function googleBody(request: RelayRequest, { outputLimit }: BodyTarget): ByteSequence {
  const { scan, dropped } = request;
  const changes: Record<string, string | null> = Object.fromEntries(
    dropped.map((name) => [name, null]),
  );
  const config = outputLimit === null ? null : configOf(scan);
  if (outputLimit !== null && config !== null) {
    const bound = memberName(config.scan, 'maxOutputTokens');
    const value = readInteger(config.scan, bound, TOKEN_BOUND);
    if (value !== null && value > outputLimit)
      changes[config.name] = config.scan
        .withMembers({ [bound]: String(outputLimit) })
        .joined()
        .toString();
  }
  return scan.withMembers(changes);
}

/** Estimates the tokens of the input from its text. */
export function estimateGoogle(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, INPUT_MEMBERS);
}

function tierOf(scan: JsonObjectScan): string | null {
  const tier = readText(scan, memberName(scan, 'serviceTier'));
  return tier === 'unspecified' ? null : tier;
}

/** `generationConfig` where it is an object; `null` where there is none. */
function configOf(
  scan: JsonObjectScan,
): { readonly name: string; readonly scan: JsonObjectScan } | null {
  const name = memberName(scan, 'generationConfig');
  const member = scan.members.get(name);
  if (member === undefined) return null;
  if (hasType(scan, name, ['object']))
    return { name, scan: scanJsonObject(scan.bytes.subarray(member.valueStart, member.end)) };
  if (scan.value(name) === null) return null;
  throw invalidParameter(name, `"${name}" must be an object.`);
}

function boundsOf(
  config: JsonObjectScan,
  place: string,
): Pick<RelayRequest, 'maxOutputTokens' | 'choices'> {
  requireClearNames(config, `${place}.`);
  return {
    maxOutputTokens: integerIn(config, `${place}.`, 'maxOutputTokens', TOKEN_BOUND),
    choices: integerIn(config, `${place}.`, 'candidateCount', CHOICES) ?? 1,
  };
}

function integerIn(
  config: JsonObjectScan,
  place: string,
  name: 'candidateCount' | 'maxOutputTokens',
  { min, max }: IntegerRange,
): number | null {
  const written = memberName(config, name);
  const value = smallValue(config, written);
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max)
    return value;
  throw invalidParameter(
    `${place}${written}`,
    `"${place}${written}" must be an integer from ${String(min)} to ${String(max)}.`,
  );
}
