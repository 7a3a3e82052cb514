import { GatehouseError, type JsonObjectScan } from '#libs/common';
import { parameterAction, foldedName } from './request-parameters.js';

const MAX_MODEL_LENGTH = 256;
/** OpenAI's own bound on `n`. */
const MAX_CHOICES = 128;
/** Far above any model's window, far below what could overflow a sum. */
const MAX_TOKEN_BOUND = 100_000_000;
/** Above what any judged member needs; a longer value is refused unparsed, so that its size costs nothing. */
const MAX_JUDGED_BYTES = 4_096;

/** What the relay needs to know of a chat request. The rest of the body is forwarded unread. */
export interface ChatRequest {
  readonly scan: JsonObjectScan;
  /** The model group asked for: the path's, else the body's. */
  readonly model: string;
  readonly isStream: boolean;
  /** The client itself asked for the usage event of a stream. */
  readonly wantsUsage: boolean;
  /** The client's `stream_options`, to be extended; `null` when it sent none. */
  readonly streamOptions: Readonly<Record<string, unknown>> | null;
  /** Upper bound of the output of one choice, in tokens; `null` when the request names none. */
  readonly maxOutputTokens: number | null;
  /** Number of choices, at least 1. */
  readonly choices: number;
  /** The price class that is asked for; `null` when none is. */
  readonly serviceTier: string | null;
  /** Names of members that are taken off. */
  readonly dropped: readonly string[];
}

/**
 * Judges a chat completion's body.
 * @param scan the scanned body; `undefined` when the request had none
 * @param pathModel model named by the path, which wins over the body's (reference C1); `null` if none
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readChatRequest(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
): ChatRequest {
  if (scan === undefined)
    throw invalid('body', 'The request has no body; a JSON object is expected.');
  const dropped = droppedMembers(scan);
  const model = requireModelName(pathModel ?? judgedValue(scan, 'model'));
  if (!isArrayMember(scan, 'messages')) throw invalid('messages', '"messages" must be an array.');
  const isStream = booleanMember(scan, 'stream');
  const streamOptions = objectMember(scan, 'stream_options');
  return {
    scan,
    model,
    isStream,
    wantsUsage: includesUsage(streamOptions),
    streamOptions,
    maxOutputTokens: outputBound(scan),
    choices: integerMember(scan, 'n', MAX_CHOICES) ?? 1,
    serviceTier: textMember(scan, 'service_tier'),
    dropped,
  };
}

/**
 * The bytes that leave for an upstream: the client's, with the members of LiteLLM taken off, the model's
 * name replaced and, where asked for, the usage event of the stream requested.
 * @param request the judged request
 * @param upstreamModel name that the upstream knows the model by
 * @param injectsUsage adds `stream_options.include_usage`
 */
export function upstreamBody(
  request: ChatRequest,
  upstreamModel: string,
  injectsUsage: boolean,
): Buffer {
  const changes: Record<string, string | null> = Object.create(null) as Record<
    string,
    string | null
  >;
  for (const name of request.dropped) changes[name] = null;
  const model = JSON.stringify(upstreamModel);
  if (!isWritten(request.scan, 'model', model)) changes['model'] = model;
  if (injectsUsage) {
    changes['stream_options'] = JSON.stringify({ ...request.streamOptions, include_usage: true });
  }
  return request.scan.withMembers(changes);
}

function droppedMembers(scan: JsonObjectScan): string[] {
  const dropped: string[] = [];
  for (const name of scan.members.keys()) {
    const fate = parameterAction(name);
    if (fate === 'refused') {
      throw invalid(
        name,
        `"${name}" cannot be set by a request: destinations, credentials and prices are configured.`,
      );
    }
    if (fate === 'misspelt') {
      throw invalid(name, `"${foldedName(name)}" must be written in lower case.`);
    }
    if (fate === 'dropped') dropped.push(name);
  }
  return dropped;
}

/**
 * The model that a chat completion asks for.
 * @param model what stands in the path, else in the body
 * @throws GatehouseError `request_invalid` when that is no name
 */
export function requireModelName(model: unknown): string {
  if (typeof model !== 'string' || model === '' || model.length > MAX_MODEL_LENGTH) {
    throw invalid('model', '"model" must be a text of 1 to 256 characters.');
  }
  return model;
}

function outputBound(scan: JsonObjectScan): number | null {
  const modern = integerMember(scan, 'max_completion_tokens', MAX_TOKEN_BOUND);
  const older = integerMember(scan, 'max_tokens', MAX_TOKEN_BOUND);
  // Upstreams differ in which of the two wins, so the bound that is held is the larger one.
  return modern === null || older === null ? (modern ?? older) : Math.max(modern, older);
}

/** Tells whether a member stands in the body with exactly that JSON text. */
function isWritten(scan: JsonObjectScan, name: string, text: string): boolean {
  const member = scan.members.get(name);
  if (member === undefined) return false;
  const bytes = Buffer.from(text);
  // Lengths first: a member of megabytes is neither copied nor parsed.
  return (
    member.end - member.valueStart === bytes.length &&
    scan.bytes.subarray(member.valueStart, member.end).equals(bytes)
  );
}

/** The value of a small member; `null` when it is absent or null. */
function judgedValue(scan: JsonObjectScan, name: string): unknown {
  const member = scan.members.get(name);
  if (member === undefined) return null;
  if (member.end - member.valueStart > MAX_JUDGED_BYTES) {
    throw invalid(name, `"${name}" is longer than ${String(MAX_JUDGED_BYTES)} bytes.`);
  }
  return scan.value(name) ?? null;
}

function textMember(scan: JsonObjectScan, name: string): string | null {
  const value = judgedValue(scan, name);
  if (value !== null && typeof value !== 'string') throw invalid(name, `"${name}" must be a text.`);
  return value;
}

/** The value may be megabytes of images, so its first byte is looked at rather than the parsed value. */
function isArrayMember(scan: JsonObjectScan, name: string): boolean {
  const member = scan.members.get(name);
  return member !== undefined && scan.bytes[member.valueStart] === 0x5b;
}

function booleanMember(scan: JsonObjectScan, name: string): boolean {
  const value = judgedValue(scan, name) ?? false;
  if (typeof value !== 'boolean') throw invalid(name, `"${name}" must be true or false.`);
  return value;
}

function integerMember(scan: JsonObjectScan, name: string, max: number): number | null {
  const value = judgedValue(scan, name);
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw invalid(name, `"${name}" must be a whole number from 1 to ${String(max)}.`);
  }
  return value;
}

function objectMember(
  scan: JsonObjectScan,
  name: string,
): Readonly<Record<string, unknown>> | null {
  const value = judgedValue(scan, name);
  if (value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(name, `"${name}" must be an object.`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function includesUsage(options: Readonly<Record<string, unknown>> | null): boolean {
  for (const name of Object.keys(options ?? {})) {
    if (name !== 'include_usage' && foldedName(name) === 'include_usage')
      throw invalid(`stream_options.${name}`, '"include_usage" must be written in lower case.');
  }
  const value = options?.['include_usage'] ?? false;
  if (typeof value !== 'boolean')
    throw invalid('stream_options.include_usage', '"include_usage" must be true or false.');
  return value;
}

function invalid(param: string, message: string): GatehouseError {
  return new GatehouseError('request_invalid', { message, param: param.slice(0, 64) });
}
