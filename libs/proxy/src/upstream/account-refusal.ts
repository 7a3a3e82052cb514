import type { RefusalForm } from './content-refusal.js';
import { refusalFactsOf } from './refusal-facts.js';

/** Reasons of google.rpc.ErrorInfo that concern the key or its project. */
const GOOGLE_REASONS: ReadonlySet<unknown> = new Set([
  'API_KEY_INVALID',
  'API_KEY_SERVICE_BLOCKED',
  'API_KEY_HTTP_REFERRER_BLOCKED',
  'API_KEY_IP_ADDRESS_BLOCKED',
  'CREDENTIALS_MISSING',
  'ACCESS_TOKEN_EXPIRED',
  'ACCESS_TOKEN_TYPE_UNSUPPORTED',
  'ACCOUNT_STATE_INVALID',
  'BILLING_DISABLED',
  'CONSUMER_SUSPENDED',
  'SERVICE_DISABLED',
]);

const AWS_CODES: ReadonlySet<unknown> = new Set([
  'ExpiredTokenException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'RequestExpired',
  'UnrecognizedClientException',
]);

/**
 * Forms in which vendors refuse the gateway's key or account with another status than 401, 402 or 403, mostly 400.
 * Texts are matched from their start: the rest may quote the request.
 */
export const ACCOUNT_REFUSALS: readonly RefusalForm[] = [
  {
    vendor: 'OpenAI and compatible',
    source: 'https://platform.openai.com/docs/guides/error-codes',
    matches: ({ codes }) => codes.includes('invalid_api_key') || codes.includes('InvalidApiKey'),
  },
  {
    vendor: 'Gemini, key',
    source: 'https://docs.cloud.google.com/apis/design/errors',
    matches: ({ details, message }) =>
      details.some((reason) => GOOGLE_REASONS.has(reason)) ||
      /^API key (?:not valid|expired)\. Please /.test(message),
  },
  {
    vendor: 'Gemini, billing',
    source: 'https://ai.google.dev/gemini-api/docs/troubleshooting',
    matches: ({ message }) =>
      /^(?:Gemini API free tier is not available in your country|User location is not supported)/.test(
        message,
      ),
  },
  {
    vendor: 'xAI',
    source: 'https://docs.x.ai/developers/debugging',
    matches: ({ message }) => message.startsWith('Incorrect API key provided'),
  },
  {
    vendor: 'Anthropic',
    source: 'https://platform.claude.com/docs/en/api/errors',
    matches: ({ codes, message }) =>
      codes.includes('authentication_error') ||
      codes.includes('billing_error') ||
      /^(?:Your credit balance is too low|You have reached your specified API usage limits)/.test(
        message,
      ),
  },
  {
    vendor: 'Alibaba',
    source: 'https://help.aliyun.com/en/model-studio/error-code',
    matches: ({ codes }) => codes.includes('Arrearage'),
  },
  {
    vendor: 'Amazon Bedrock',
    source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html',
    matches: ({ codes }) => codes.some((code) => AWS_CODES.has(code)),
  },
];

/**
 * Returns true when the body of a client error refuses the key or the account of the gateway, in one of the forms that
 * vendors document.
 * @param body decoded bytes of the response
 */
export function isAccountRefusal(body: Buffer): boolean {
  const facts = refusalFactsOf(body);
  return facts !== null && ACCOUNT_REFUSALS.some(({ matches }) => matches(facts));
}
