import { classOfResponse, failureOfResponse, requestedPauseMs } from './attempt-failure.js';

const NOTHING = Buffer.from('{"error":{"message":"status","type":"fake","code":null}}');
const bodyOf = (error: object): Buffer => Buffer.from(JSON.stringify({ error }));

describe('the kind of a failed response', () => {
  it.each([
    [200, null],
    [302, null],
    [400, 'bad-request'],
    [401, 'authentication'],
    [402, 'authentication'],
    [403, 'authentication'],
    [404, 'bad-request'],
    [408, 'timeout'],
    [409, 'bad-request'],
    [422, 'bad-request'],
    [429, 'rate-limit'],
    [500, 'internal'],
    [501, 'bad-request'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'timeout'],
    [520, 'internal'],
    [529, 'unavailable'],
  ])('status %i: %s', (status, expected) => {
    expect(classOfResponse(status, NOTHING)).toBe(expected);
  });

  it.each([
    { code: 'model_not_found', message: 'The model `m` does not exist' },
    { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' },
    { type: 'not_found_error', message: 'model: claude-x' },
    { status: 'NOT_FOUND', message: 'models/gemini-x is not found for API version v1beta' },
    { message: 'model "llama" not found, try pulling it first' },
  ])('is an unknown model where a 404 says so (%j)', (error) => {
    expect(classOfResponse(404, bodyOf(error))).toBe('not-found');
  });

  it('is an unknown model where there is no API at the address', () => {
    expect(classOfResponse(404, Buffer.from('<html>404</html>'))).toBe('not-found');
  });

  it.each([
    { message: 'No such File object: model-file' },
    { type: 'not_found_error', message: 'File not found: model' },
  ])('is the fault of the client where it names something unknown (%j)', (error) => {
    expect(classOfResponse(404, bodyOf(error))).toBe('bad-request');
  });

  it.each([400, 403])('is the content where a filter refused it (%i)', (status) => {
    expect(classOfResponse(status, bodyOf({ code: 'content_filter' }))).toBe('content-policy');
  });

  it('is the credential where a 400 refuses the key', () => {
    expect(classOfResponse(400, bodyOf({ code: 'invalid_api_key' }))).toBe('authentication');
  });
});

describe('what a failed response says about the next attempt', () => {
  it('obeys an upstream that says that it is pointless', () => {
    expect(failureOfResponse('rate-limit', { 'x-should-retry': 'false' }).isFinal).toBe(true);
    expect(failureOfResponse('rate-limit', {}).isFinal).toBe(false);
  });

  it.each([
    ['rate-limit', true],
    ['unavailable', true],
    ['authentication', false],
    ['not-found', false],
    ['bad-request', false],
  ] as const)('after %s the same deployment may be tried again: %s', (failure, expected) => {
    expect(failureOfResponse(failure, {}).mayRepeatHere).toBe(expected);
  });

  const SENT_AT = 'Wed, 21 Oct 2026 07:28:00 GMT';

  it.each([
    ['Wed, 21 Oct 2026 07:28:03 GMT', 3_000],
    ['Wednesday, 21-Oct-26 07:29:00 GMT', 60_000],
    ['Wed Oct 21 07:28:05 2026', 5_000],
    ['Wed, 21 Oct 2026 07:27:00 GMT', 0],
    [SENT_AT, 0],
    ['Wed, 21 Oct 2026', null],
    ['Wed, 99 Foo 2026 07:28:03 GMT', null],
    ['2026-10-21T07:28:03Z', null],
    ['1e3', null],
    ['-1', null],
    ['', null],
  ])('counts a pause until %j from the date of the response', (until, expected) => {
    expect(requestedPauseMs({ 'retry-after': until, date: SENT_AT })).toBe(expected);
  });

  it('prefers milliseconds, by the name of OpenAI or of Azure', () => {
    expect(requestedPauseMs({ 'retry-after': '2', 'x-ms-retry-after-ms': '1250' })).toBe(1_250);
    expect(requestedPauseMs({ 'retry-after': SENT_AT, 'retry-after-ms': '7' })).toBe(7);
    const unreadable = { 'retry-after-ms': 'soon', 'x-ms-retry-after-ms': '' };
    expect(requestedPauseMs({ ...unreadable, 'retry-after': '2' })).toBe(2_000);
  });

  it('reads a pause in seconds, and none until a date where the response has none', () => {
    expect(requestedPauseMs({ 'retry-after': '2' })).toBe(2_000);
    expect(requestedPauseMs({ 'retry-after': '2', 'retry-after-ms': '1500' })).toBe(1_500);
    expect(requestedPauseMs({ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })).toBeNull();
    expect(requestedPauseMs({})).toBeNull();
  });
});
