import { memoizeByString, type ByteSequence, type JsonObjectScan } from '#libs/common';
import type { BodyMembers } from '../../dialects/upstream-dialect.js';
import type { BatchFile } from './batch-file.js';
import { foldedName, parameterAction } from './request-parameters.js';
import {
  invalidParameter,
  readBoolean,
  readInteger,
  readObject,
  readText,
  smallValue,
} from './request-values.js';

const MAX_MODEL_LENGTH = 256;
/** Members that bound the output of one choice. */
const OUTPUT_BOUNDS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;
/** An endpoint has checked those that it knows more strictly. */
const OUTPUT_RANGE = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The facts of a request that the relay needs. The rest of the body is forwarded unread. */
export interface RelayRequest {
  readonly scan: JsonObjectScan;
  /** The requested model group: the path's, else the body's; `null` for a request that calls no model. */
  readonly model: string | null;
  readonly isStream: boolean;
  /** The client itself asked for the usage event of a stream, or streams of the operation always have one. */
  readonly wantsUsage: boolean;
  /** The client's `stream_options`, to be extended; `null` when it sent none. */
  readonly streamOptions: Readonly<Record<string, unknown>> | null;
  /** Upper bound of the output of one choice, in tokens; `null` when the request sets none. */
  readonly maxOutputTokens: number | null;
  /**
   * Upper bound of the whole output in tokens, where the request decides about it by other members than a number of tokens; `null`
   * where it does not.
   */
  readonly wholeOutputTokens: number | null;
  /** Number of outputs that are generated, at least 1; `Infinity` where they were not counted. */
  readonly choices: number;
  /** Seconds of sound in the input; `null` where there are none or they are not known. */
  readonly inputSeconds: number | null;
  /** The requested price class; `null` when the request names none. */
  readonly serviceTier: string | null;
  /** Names of members that are removed from the body. */
  readonly dropped: readonly string[];
  /** Set where the upstream is to work on behind the call; left out for any other. */
  readonly isBackground?: true;
  /** The requests in its file; left out where there are none. */
  readonly batch?: BatchFile;
}

/** The facts on which the body for one upstream depends. */
export interface BodyTarget {
  /** Name by which the upstream knows the model. */
  readonly upstreamModel: string;
  /** Adds `stream_options.include_usage`. */
  readonly asksForUsage: boolean;
  /** Tokens to which the output of one choice is lowered; `null` leaves it as the request has it. */
  readonly outputLimit: number | null;
  /** Names of members that the upstream does not take; left out for none. */
  readonly droppedMembers?: readonly string[];
  /** What the upstream has otherwise than the API of the operation; left out for nothing. */
  readonly members?: BodyMembers;
}

/** The parts of a request that decide about a stream. */
type StreamRequest = Pick<RelayRequest, 'isStream' | 'wantsUsage' | 'streamOptions'>;

/**
 * Reads the parts that every endpoint has, and checks the name of every member. The request is one
 * without a stream and with one output, whose length is not known.
 * @param scan the scanned body; `undefined` when the request had none
 * @param pathModel model named by the path; `null` if none
 * @param evaluated names of the members that the endpoint evaluates, besides `model`,
 * `service_tier` and `user`
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readCommon(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
  evaluated: ReadonlySet<string>,
): RelayRequest {
  const request = readMembers(scan, pathModel, evaluated);
  return { ...request, model: requireModelName(pathModel ?? smallValue(request.scan, 'model')) };
}

/**
 * Reads what {@link readCommon} reads, of a request that need not name a model.
 * @param model that of the request; `null` for none
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readMembers(
  scan: JsonObjectScan | undefined,
  model: string | null,
  evaluated: ReadonlySet<string>,
): RelayRequest {
  if (scan === undefined)
    throw invalidParameter('body', 'The request has no body; a JSON object is expected.');
  const dropped = droppedMembers(scan, evaluated);
  return {
    scan,
    model,
    isStream: false,
    wantsUsage: false,
    streamOptions: null,
    maxOutputTokens: null,
    wholeOutputTokens: null,
    choices: 1,
    inputSeconds: null,
    serviceTier: readText(scan, 'service_tier'),
    dropped,
  };
}

/**
 * Reads `stream` and `stream_options`.
 * @throws GatehouseError `request_invalid`
 */
export function readStream(scan: JsonObjectScan): StreamRequest {
  const isStream = readBoolean(scan, 'stream');
  const streamOptions = readObject(scan, 'stream_options');
  return { isStream, wantsUsage: includesUsage(streamOptions), streamOptions };
}

/**
 * Returns the bytes for an upstream: the client's, without LiteLLM's own members, with the
 * upstream's name of the model and, where asked for, with the request for the usage event.
 * @param request the request as it was read
 */
export function upstreamBody(request: RelayRequest, target: BodyTarget): ByteSequence {
  return request.scan.withMembers(changesFor(request, target));
}

function changesFor(request: RelayRequest, target: BodyTarget): BodyMembers {
  const changes: Record<string, string | null> = Object.create(null) as Record<
    string,
    string | null
  >;
  for (const name of request.dropped) changes[name] = null;
  for (const name of target.droppedMembers ?? []) changes[name] = null;
  const model = modelText(target.upstreamModel);
  if (!isWritten(request.scan, 'model', model.bytes)) changes['model'] = model.text;
  if (target.asksForUsage) {
    changes['stream_options'] = JSON.stringify({ ...request.streamOptions, include_usage: true });
  }
  if (target.outputLimit !== null) lowerOutput(request.scan, target.outputLimit, changes);
  return Object.assign(changes, target.members);
}

/** Lowers each bound of the output that is higher; one that is lower, or not there, stays. */
function lowerOutput(
  scan: JsonObjectScan,
  limit: number,
  changes: Record<string, string | null>,
): void {
  for (const name of OUTPUT_BOUNDS) {
    const value = readInteger(scan, name, OUTPUT_RANGE);
    if (value !== null && value > limit) changes[name] = String(limit);
  }
}

/**
 * Checks the name of a model group.
 * @param model the value in the path, else in the body
 * @throws GatehouseError `request_invalid` unless it is a string of 1 to 256 characters
 */
export function requireModelName(model: unknown): string {
  if (typeof model !== 'string' || model === '' || model.length > MAX_MODEL_LENGTH) {
    throw invalidParameter('model', '"model" must be a string of 1 to 256 characters.');
  }
  return model;
}

function droppedMembers(scan: JsonObjectScan, evaluated: ReadonlySet<string>): string[] {
  const dropped: string[] = [];
  for (const name of scan.members.keys()) {
    const action = parameterAction(name, evaluated);
    if (action === 'refused') {
      throw invalidParameter(
        name,
        `"${name}" cannot be set by a request: destinations, credentials and prices are configured.`,
      );
    }
    if (action === 'misspelt') {
      throw invalidParameter(name, `"${foldedName(name)}" must be written in lower case.`);
    }
    if (action === 'dropped') dropped.push(name);
  }
  return dropped;
}

/** The name of a model as JSON. */
const modelText = memoizeByString((model) => {
  const text = JSON.stringify(model);
  return { text, bytes: Buffer.from(text) };
});

/** Returns true when the body has the member with exactly that JSON text. */
function isWritten(scan: JsonObjectScan, name: string, text: Buffer): boolean {
  const member = scan.members.get(name);
  if (member === undefined) return false;
  const { valueStart, end } = member;
  // Lengths first: a member of megabytes is neither copied nor parsed.
  return (
    end - valueStart === text.length &&
    scan.bytes.compare(text, 0, text.length, valueStart, end) === 0
  );
}

function includesUsage(options: Readonly<Record<string, unknown>> | null): boolean {
  for (const name of Object.keys(options ?? {})) {
    if (name !== 'include_usage' && foldedName(name) === 'include_usage')
      throw invalidParameter(
        `stream_options.${name}`,
        '"include_usage" must be written in lower case.',
      );
  }
  const value = options?.['include_usage'] ?? false;
  if (typeof value !== 'boolean')
    throw invalidParameter(
      'stream_options.include_usage',
      '"include_usage" must be true or false.',
    );
  return value;
}
