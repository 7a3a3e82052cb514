import type { JsonObjectScan } from '#libs/common';
import type { Billing, TokenUsage, UsageDetails } from '#libs/spend';
import { TypedEventsFormat } from '../../streaming/typed-events-format.js';
import type { Endpoint, Measured } from '../request/endpoint.js';
import { estimateInputTokens } from '../request/estimate.js';
import { fileBytesOf, requireForm, type FormFields } from '../request/form-request.js';
import { readCommon, upstreamBody, type RelayRequest } from '../request/relay-request.js';
import type { RequestExtras } from '../request/request-extras.js';
import { readBoolean } from '../request/request-values.js';
import { mostSecondsIn, secondsIn, usualSecondsIn } from '../request/sound-seconds.js';

const EVALUATED: ReadonlySet<string> = new Set(['file', 'prompt', 'stream']);
const FORM: FormFields = { files: ['file'], typed: new Set(['stream']) };
/** By second where a deployment has such a price, else by tokens. */
const BILLING: Billing = [['inputSecond'], ['outputSecond'], ['input', 'output'], ['request']];
/** One for each tenth of a second: https://platform.openai.com/docs/models/gpt-4o-transcribe. */
const TOKENS_PER_SECOND = 10;

const PROPERTIES = {
  file: { type: 'string', format: 'binary' },
  language: { type: 'string' },
  prompt: { type: 'string' },
  response_format: { type: 'string' },
} as const;

/** `POST /v1/audio/transcriptions`: https://platform.openai.com/docs/api-reference/audio/createTranscription. */
export const transcriptions: Endpoint = {
  route: '/audio/transcriptions',
  callType: 'atranscription',
  takes: 'form',
  streaming: 'bytes',
  billing: BILLING,
  units: { bound: mostSeconds, count: countedSeconds },
  responseFormat: new TypedEventsFormat({
    textMembers: ['text', 'delta'],
    lastType: 'transcript.text.done',
    isSingle: true,
  }),
  documentation: {
    operationId: 'transcriptionsCreate',
    summary: 'Text of a recording, plain or streamed',
    summaryOfModelInPath: 'Text of a recording by the model in the path',
    requestDescription:
      'A form with a recording, in OpenAI’s format. Fields that the gateway does not know are forwarded as they are.',
    properties: { ...PROPERTIES, stream: { type: 'boolean', default: false } },
    required: ['file'],
    responseDescription:
      'The upstream’s answer: JSON, text or subtitles, or typed server-sent events when `stream` is true.',
    example: { file: 'recording.wav' },
  },
  read,
  body: upstreamBody,
  estimateInput,
  extrasOf,
  estimateUsage,
  measure,
};

/** `POST /v1/audio/translations`: https://platform.openai.com/docs/api-reference/audio/createTranslation. */
export const translations: Endpoint = {
  ...transcriptions,
  route: '/audio/translations',
  callType: 'atranslation',
  documentation: {
    ...transcriptions.documentation,
    operationId: 'translationsCreate',
    summary: 'English text of a recording',
    summaryOfModelInPath: 'English text of a recording by the model in the path',
    properties: PROPERTIES,
    responseDescription: 'The upstream’s answer: JSON, text or subtitles.',
  },
};

function read(
  scan: JsonObjectScan | undefined,
  pathModel: string | null,
  { inputSeconds = null }: Measured = {},
): RelayRequest {
  const form = requireForm(scan, FORM);
  const common = readCommon(form, pathModel, EVALUATED);
  return {
    ...common,
    isStream: readBoolean(form, 'stream'),
    wantsUsage: true,
    inputSeconds,
  };
}

async function measure(scan: JsonObjectScan): Promise<Measured> {
  return { inputSeconds: await secondsIn(scan) };
}

function mostSeconds({ scan, inputSeconds }: RelayRequest): UsageDetails {
  return unitsOf(inputSeconds ?? mostSecondsIn(scan));
}

function countedSeconds({ inputSeconds }: RelayRequest): UsageDetails | null {
  return inputSeconds === null ? null : unitsOf(inputSeconds);
}

function unitsOf(seconds: number): UsageDetails {
  return seconds === 0 ? {} : { inputSecond: seconds, outputSecond: seconds };
}

function estimateInput(scan: JsonObjectScan): number {
  return estimateInputTokens(scan, ['prompt']);
}

/** The recording is not counted as text: its tokens are at most those of the model's context. */
function extrasOf(scan: JsonObjectScan): RequestExtras {
  return {
    ...{ images: 0, imageBytes: fileBytesOf(scan), isUnmeasured: true },
    ...{ searches: 0, predictedTokens: 0 },
  };
}

function estimateUsage({ scan, inputSeconds }: RelayRequest, outputTokens = 0): TokenUsage {
  const sound = usageOfSound(inputSeconds ?? usualSecondsIn(scan));
  return { ...sound, inputTokens: estimateInput(scan) + sound.inputTokens, outputTokens };
}

/** Returns what the sound of a recording is billed as. */
export function usageOfSound(seconds: number): TokenUsage {
  const inputAudio = Math.ceil(seconds * TOKENS_PER_SECOND);
  return {
    inputTokens: inputAudio,
    cachedInputTokens: 0,
    outputTokens: 0,
    details: { ...(inputAudio === 0 ? {} : { inputAudio }), ...unitsOf(seconds) },
  };
}
