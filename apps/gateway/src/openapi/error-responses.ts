import { STATUS_CODES } from 'node:http';
import { canonicalPath } from '#libs/access';
import { ERROR_CODES, errorBodyOf, GatehouseError, type ErrorCode } from '#libs/common';
import { endpointOf } from '#libs/proxy';
import type { Content, StatedResponse } from './document-types.js';

/** The envelope of every failure. */
export const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code', 'reason'],
      properties: {
        message: { type: 'string', description: 'One sentence that is safe to show.' },
        type: { type: 'string', description: 'LiteLLM’s name for the family.' },
        param: { type: 'string', nullable: true, description: 'Member at fault.' },
        code: { type: 'string', description: 'The HTTP status as a string.' },
        reason: { type: 'string', enum: Object.keys(ERROR_CODES), description: 'Stable code.' },
      },
    },
  },
};

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `param` names the member at fault.',
  401: 'No credential, or one that cannot be verified.',
  403: 'The caller is known and may not do this.',
  404: 'There is nothing under that name that the caller may know of.',
  409: 'An object of that id exists already, or a request with this `Idempotency-Key` is in work or has ended.',
  413: 'The body is too large.',
  422: 'A budget is exhausted.',
  429: 'A limit is reached.',
  431: 'The credential or the headers are too large.',
  500: 'A defect of the gateway.',
  502: 'The upstream cannot be reached, or its response is not usable.',
  503: 'Something that is needed cannot be reached, or the gateway is stopping.',
  504: 'The upstream did not respond in time.',
};

/** A failure that only calls of models can meet. */
const RELAYING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'model_not_allowed',
  'model_unknown',
  'operation_unsupported',
  'price_unknown',
  'budget_missing',
  'idempotency_key_in_work',
  'idempotency_key_used',
  'idempotency_key_reused',
  'no_deployment_available',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_invalid',
  'upstream_credential_rejected',
]);

/** Statuses that every guarded operation can have. */
const GUARDED = [400, 401, 403, 431, 500, 503];

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

/**
 * The content of an error response: the envelope with one example for every code of its status.
 * @param isRelaying whether it is of a call of a model
 */
export function errorContent(status: number, isRelaying: boolean): Content {
  const examples = codes
    .filter((code) => ERROR_CODES[code].status === status)
    .filter((code) => isRelaying || !RELAYING.has(code))
    .map((code) => [code, exampleOf(code)] as const);
  return {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      ...(examples.length === 0 ? {} : { examples: Object.fromEntries(examples) }),
    },
  };
}

/**
 * Returns true when a path is one of an endpoint of the model API.
 * @param path as the document writes it
 */
export function isModelCall(path: string): boolean {
  return endpointOf(canonicalPath(path)) !== null;
}

/** Every shared response, by its name in `components.responses`. */
export function sharedResponses(): Readonly<Record<string, StatedResponse>> {
  const entries = Object.entries(DESCRIPTIONS).flatMap(([status, description]) =>
    [false, true].map((isRelaying) => [
      responseName(Number(status), isRelaying),
      { description, content: errorContent(Number(status), isRelaying) },
    ]),
  );
  return Object.fromEntries(entries) as Readonly<Record<string, StatedResponse>>;
}

/**
 * References to the error responses that an operation can have.
 * @param method upper case
 * @param path as the document writes it
 * @param refusals codes that the handler declares
 */
export function errorResponsesOf(
  method: string,
  path: string,
  refusals: readonly ErrorCode[],
): Readonly<Record<string, { $ref: string }>> {
  const isRelaying = isModelCall(path);
  const statuses = [
    ...GUARDED,
    ...(method === 'GET' ? [] : [413]),
    ...(isRelaying ? [422, 429, 502, 504] : []),
    ...(isRelaying && method === 'POST' ? [409] : []),
    ...refusals.map((code) => ERROR_CODES[code].status),
  ];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      { $ref: `#/components/responses/${responseName(status, isRelaying)}` },
    ]),
  );
}

function responseName(status: number, isRelaying: boolean): string {
  const phrase = (STATUS_CODES[status] ?? '').replaceAll(/[^A-Za-z]/g, '');
  return isRelaying ? `${phrase}OfModelCall` : phrase;
}

function exampleOf(code: ErrorCode): object {
  const error = new GatehouseError(code);
  return { summary: error.message, value: errorBodyOf(error) };
}
