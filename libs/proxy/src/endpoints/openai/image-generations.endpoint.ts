import { scanJsonObject, type JsonObjectScan } from '#libs/common';
import type { Billing, TokenUsage, UsageDetails } from '#libs/spend';
import { TypedEventsFormat } from '../../streaming/typed-events-format.js';
import type { Endpoint } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { picturesOf, pixelsOf, tokenBoundOf, tokensOf } from './image-sizes.js';
import { eachString } from '../../streaming/json-strings.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import { textExtras } from '../request/request-extras.js';
import { CHOICES } from '../request/request-parameters.js';
import {
  hasType,
  invalidParameter,
  readBoolean,
  readInteger,
  readText,
} from '../request/request-values.js';

const EVALUATED: ReadonlySet<string> = new Set([
  'n',
  'partial_images',
  'prompt',
  'quality',
  'size',
  'stream',
]);
const PARTIAL_IMAGES = { min: 0, max: 100 };
const NULL_BYTE = 0x6e;

/** By picture or pixel where a deployment has such a price, else by tokens. */
const BILLING: Billing = [
  ['outputPicture'],
  ['inputPicture'],
  ['outputPixel'],
  ['inputPixel'],
  ['input', 'outputImage'],
  ['input', 'output'],
  ['request'],
];

/** `POST /v1/images/generations`: https://platform.openai.com/docs/api-reference/images/create. */
export const imageGenerations: Endpoint = {
  route: '/images/generations',
  callType: 'aimage_generation',
  streaming: 'sse',
  billing: BILLING,
  units: { bound: requestedUnits, count: unitsOf },
  responseFormat: imageFormat('image_generation.completed'),
  documentation: {
    operationId: 'imagesGenerate',
    summary: 'Images from a text, plain or streamed',
    summaryOfModelInPath: 'Images by the model in the path',
    requestDescription:
      'A request for images in OpenAI’s format. Members that the gateway does not know are forwarded as they are.',
    properties: {
      prompt: { type: 'string' },
      n: { type: 'integer', minimum: 1 },
      size: { type: 'string' },
      quality: { type: 'string' },
      stream: { type: 'boolean', default: false },
    },
    required: ['prompt'],
    responseDescription:
      'The upstream’s answer: JSON, or typed server-sent events when `stream` is true.',
    example: { prompt: 'A cat.', size: '1024x1024' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf: textExtras,
  estimateUsage,
};

/**
 * Returns how responses with images are read.
 * @param lastType type of the event that ends an image of a stream
 */
export function imageFormat(lastType: string): TypedEventsFormat {
  return new TypedEventsFormat({
    textMembers: [],
    completed: withImageTokens,
    itemsOf: picturesIn,
    lastType,
    isSingle: false,
  });
}

function read(scan: JsonObjectScan | undefined, pathModel: string | null): RelayRequest {
  const request = readImages(scan, pathModel);
  if (!hasType(request.scan, 'prompt', ['string']))
    throw invalidParameter('prompt', '"prompt" must be a string.');
  return request;
}

/**
 * Reads a request for images, which need not have a text.
 * @throws GatehouseError `request_invalid` with the member's name as `param`
 */
export function readImages(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
): RelayRequest {
  const common = readCommon(scan, pathModel, EVALUATED);
  const { scan: body } = common;
  const choices = readInteger(body, 'n', CHOICES) ?? 1;
  readText(body, 'size');
  readText(body, 'quality');
  readInteger(body, 'partial_images', PARTIAL_IMAGES);
  return {
    ...common,
    isStream: readBoolean(body, 'stream'),
    wantsUsage: true,
    choices,
    wholeOutputTokens: tokenBoundOf(body, choices),
  };
}

function unitsOf({ scan, choices }: RelayRequest, items: number | null): UsageDetails {
  return picturesOf(items ?? choices, pixelsOf(scan));
}

function requestedUnits(request: RelayRequest): UsageDetails {
  return unitsOf(request, null);
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['prompt']);
}

function estimateUsage({ scan, choices }: RelayRequest): TokenUsage {
  const outputTokens = tokensOf(scan, choices);
  const inputTokens = estimateInput(scan);
  return {
    inputTokens,
    cachedInputTokens: 0,
    outputTokens,
    details: { outputImage: outputTokens },
  };
}

/** Output that is not split is a picture: the first models wrote no text. */
function withImageTokens(
  usage: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { output_tokens: output, output_tokens_details: details } = usage;
  return details === undefined || details === null
    ? { ...usage, output_tokens_details: { image_tokens: output } }
    : usage;
}

/** Counts the pictures of a response by their data or addresses. */
function picturesIn(body: Buffer): number | null {
  try {
    const scan = scanJsonObject(body);
    const { valueStart, end } = scan.members.get('data') ?? { valueStart: 0, end: 0 };
    let [data, addresses] = [0, 0];
    eachString(body, { start: valueStart, end }, ({ text, valueByte }) => {
      if (valueByte === null || valueByte === NULL_BYTE) return;
      if (text === 'b64_json') data += 1;
      else if (text === 'url') addresses += 1;
    });
    return Math.max(data, addresses);
  } catch {
    return null;
  }
}
