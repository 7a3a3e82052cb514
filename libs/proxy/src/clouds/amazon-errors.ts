import type { IncomingHttpHeaders } from 'node:http';

/** Anthropic's error types by the exceptions of Amazon Bedrock, whose first letter is a small one in streams. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['validationException', 'invalid_request_error'],
  ['resourceNotFoundException', 'not_found_error'],
  ['throttlingException', 'rate_limit_error'],
  ['serviceQuotaExceededException', 'rate_limit_error'],
  ['modelNotReadyException', 'overloaded_error'],
  ['serviceUnavailableException', 'overloaded_error'],
  ['modelTimeoutException', 'timeout_error'],
  ['modelErrorException', 'api_error'],
  ['modelStreamErrorException', 'api_error'],
  ['internalServerException', 'api_error'],
  // Of the credential, of which the client has none here.
  ['expiredTokenException', 'authentication_error'],
  ['unrecognizedClientException', 'authentication_error'],
  ['incompleteSignature', 'authentication_error'],
  ['incompleteSignatureException', 'authentication_error'],
  ['invalidSignatureException', 'authentication_error'],
  ['missingAuthenticationToken', 'authentication_error'],
  ['missingAuthenticationTokenException', 'authentication_error'],
]);

/**
 * Returns Anthropic's type of an exception: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html.
 * @returns `null` for one that is not known
 */
export function typeOfException(name: string): string | null {
  return TYPES.get(`${name.slice(0, 1).toLowerCase()}${name.slice(1)}`) ?? null;
}

/** Returns Anthropic's type of the exception that a response of Amazon names; `null` where it names none that is known. */
export function typeOfAmazonError(headers: IncomingHttpHeaders): string | null {
  const { 'x-amzn-errortype': named } = headers;
  // It may be followed by the address of its namespace.
  const [name = ''] = typeof named === 'string' ? named.split(':') : [];
  return typeOfException(name);
}
