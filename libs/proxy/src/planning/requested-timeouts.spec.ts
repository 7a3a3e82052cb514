import { scanJsonObject } from '#libs/common';
import { NO_TIMEOUTS, requestedTimeoutsOf, timeLimitsOf } from './requested-timeouts.js';

const scanOf = (members: object) => scanJsonObject(Buffer.from(JSON.stringify(members)));
const DEPLOYMENT = {
  timeoutSeconds: 10,
  firstByteTimeoutSeconds: 20,
  streamIdleTimeoutSeconds: 30,
};

describe('time limits that a request states', () => {
  it('come from its headers before its body', () => {
    const headers = { 'x-litellm-timeout': '1.5' };
    const scan = scanOf({ timeout: 7, stream_timeout: 0.25 });
    expect(requestedTimeoutsOf(headers, scan)).toEqual({ whole: 1.5, stream: 0.25 });
    const both = { ...headers, 'x-litellm-stream-timeout': '2' };
    expect(requestedTimeoutsOf(both, scan)).toEqual({ whole: 1.5, stream: 2 });
    expect(requestedTimeoutsOf({}, scanOf({}))).toEqual(NO_TIMEOUTS);
    expect(requestedTimeoutsOf({}, scanOf({ timeout: null }))).toEqual(NO_TIMEOUTS);
  });

  it.each(['0', '-1', '86401', '1e3', 'soon', '', 'Infinity'])(
    'are refused as the header %j',
    (value) => {
      for (const name of ['x-litellm-timeout', 'x-litellm-stream-timeout']) {
        expect(() => requestedTimeoutsOf({ [name]: value }, scanOf({}))).toThrow(
          expect.objectContaining({ code: 'request_invalid', param: name }) as Error,
        );
      }
    },
  );

  it.each([0, -1, 86_401, '5', true, {}])('are refused as the member %j', (value) => {
    for (const name of ['timeout', 'stream_timeout']) {
      expect(() => requestedTimeoutsOf({}, scanOf({ [name]: value }))).toThrow(
        expect.objectContaining({ code: 'request_invalid', param: name }) as Error,
      );
    }
  });

  it('win over those of the deployment, and that of a stream over that of a whole response', () => {
    const limits = (whole: number | null, stream: number | null) =>
      Object.values(timeLimitsOf({ whole, stream }, DEPLOYMENT));
    expect(limits(null, null)).toEqual([10, 20, 30]);
    expect(limits(1, null)).toEqual([1, 1, 1]);
    expect(limits(null, 2)).toEqual([10, 2, 2]);
    expect(limits(1, 2)).toEqual([1, 2, 2]);
  });
});
