import { chatCompletions } from '../endpoints/openai/chat-completions.endpoint.js';
import fc from 'fast-check';
import { UsageTap } from './usage-tap.js';

const { responseFormat: format } = chatCompletions;

const CHUNK = `{"id":"c","choices":[{"index":0,"delta":{"content":"Hé \\"usage\\": {"}}],"usage":null}`;
const USAGE = `{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}`;
const SPACED = `{ "id": "c", "choices": [ ], "usage" : {"prompt_tokens": 3, "completion_tokens": 5 } }`;
const LINE_ENDS = ['\n', '\r\n', '\r'] as const;

function stream(end: string, events: readonly string[]): Buffer {
  return Buffer.from(events.map((data) => `data: ${data}${end}${end}`).join(''));
}

function run(tap: UsageTap, pieces: readonly Buffer[]): { now: Buffer; later: Buffer } {
  const now = Buffer.concat(pieces.flatMap((piece) => tap.push(piece)));
  return { now, later: Buffer.concat(tap.finish()) };
}

function halves(bytes: Buffer, at: number): Buffer[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

function bytewise(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

describe.each(LINE_ENDS)('UsageTap on streams with line end %j', (end) => {
  const whole = stream(end, [CHUNK, CHUNK, USAGE, '[DONE]']);
  const stripped = stream(end, [CHUNK, CHUNK, '[DONE]']);

  it('copies every byte and finds the usage at every split', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = new UsageTap(format, false);
      const { now, later } = run(tap, halves(whole, at));
      expect(Buffer.concat([now, later]).equals(whole)).toBe(true);
      expect(tap.reading.usage).toEqual({ prompt_tokens: 3, completion_tokens: 5 });
    }
  });

  it('removes exactly the usage event that the client did not ask for, at every split', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = new UsageTap(format, true);
      const { now, later } = run(tap, halves(whole, at));
      expect(Buffer.concat([now, later]).equals(stripped)).toBe(true);
      expect(tap.reading.usage).not.toBeNull();
    }
  });

  it('does both when every byte comes alone', () => {
    const copied = run(new UsageTap(format, false), bytewise(whole));
    expect(Buffer.concat([copied.now, copied.later]).equals(whole)).toBe(true);
    const dropped = run(new UsageTap(format, true), bytewise(whole));
    expect(Buffer.concat([dropped.now, dropped.later]).equals(stripped)).toBe(true);
  });

  it('keeps [DONE] back until the end, however it is cut', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      const tap = new UsageTap(format, false);
      const { now, later } = run(tap, halves(whole, at));
      expect(now.includes('[DONE]')).toBe(false);
      expect(later.toString()).toBe(`data: [DONE]${end}${end}`);
      // A lone CR may still be half of a line end, so the last event is evaluated at the end.
      if (end !== '\r') expect(tap.isDone).toBe(true);
    }
  });
});

describe('UsageTap', () => {
  it('copies any bytes in any pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (arrays) => {
        const pieces = arrays.map((array) => Buffer.from(array));
        const { now, later } = run(new UsageTap(format, false), pieces);
        expect(Buffer.concat([now, later]).equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });

  it('copies any mix of lines, comments and blank lines in any pieces', () => {
    const line = fc.constantFrom('\n', '\r', '\r\n', ': ping', 'data: x', 'data', 'event: e', ' ');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.nat(), (lines, at) => {
        const bytes = Buffer.from(lines.join(''));
        const { now, later } = run(
          new UsageTap(format, true),
          halves(bytes, at % (bytes.length + 1)),
        );
        expect(Buffer.concat([now, later]).equals(bytes)).toBe(true);
      }),
    );
  });

  it('passes whole events on in the very buffers in which they came', () => {
    const piece = stream('\n', [CHUNK, CHUNK]);
    const [sent] = new UsageTap(format, true).push(piece);
    expect(sent?.buffer).toBe(piece.buffer);
    expect(sent?.length).toBe(piece.length);
  });

  it('passes events before the usage event on at once', () => {
    const tap = new UsageTap(format, true);
    const sent = tap.push(stream('\n', [CHUNK, USAGE]));
    expect(Buffer.concat(sent).equals(stream('\n', [CHUNK]))).toBe(true);
  });

  it('reads usage that is written with spaces', () => {
    const tap = new UsageTap(format, true);
    const { now } = run(tap, [stream('\n', [SPACED])]);
    expect(now).toHaveLength(0);
    expect(tap.reading.usage).toEqual({ prompt_tokens: 3, completion_tokens: 5 });
  });

  it('reads usage over several data lines', () => {
    const tap = new UsageTap(format, true);
    tap.push(Buffer.from('data: {"choices":[],\ndata: "usage":{"prompt_tokens":1}}\n\n'));
    expect(tap.reading.usage).toEqual({ prompt_tokens: 1 });
  });

  it('reads and drops a usage event that lacks its blank line', () => {
    const tap = new UsageTap(format, true);
    const { now, later } = run(tap, [Buffer.from(`data: ${CHUNK}\n\ndata: ${USAGE}`)]);
    expect(now.toString()).toBe(`data: ${CHUNK}\n\n`);
    expect(later).toHaveLength(0);
    expect(tap.reading.usage).not.toBeNull();
  });

  it('keeps usage that comes together with a choice', () => {
    const mixed = `{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":3}}`;
    const tap = new UsageTap(format, true);
    expect(Buffer.concat(tap.push(stream('\n', [mixed]))).length).toBeGreaterThan(0);
    expect(tap.reading.usage).toEqual({ prompt_tokens: 3 });
  });

  it('takes the last of several usage reports', () => {
    const tap = new UsageTap(format, false);
    tap.push(stream('\n', [USAGE, USAGE.replace('5', '6')]));
    expect(tap.reading.usage).toEqual({ prompt_tokens: 3, completion_tokens: 6 });
  });

  it('is not deceived by text that looks like usage', () => {
    const tap = new UsageTap(format, true);
    const talk = `{"choices":[{"delta":{"content":"{\\"usage\\":{\\"prompt_tokens\\":9}}"}}]}`;
    expect(Buffer.concat(tap.push(stream('\n', [talk]))).length).toBeGreaterThan(0);
    expect(tap.reading.usage).toBeNull();
  });

  it('keeps an event without choices that has no usage', () => {
    const filter = `{"choices":[],"prompt_filter_results":[{"usage":null}]}`;
    const sent = new UsageTap(format, true).push(stream('\n', [filter]));
    expect(Buffer.concat(sent).equals(stream('\n', [filter]))).toBe(true);
  });

  it('holds no more than its limit of an event that never ends', () => {
    const tap = new UsageTap(format, true);
    const piece = Buffer.alloc(65_536, 'x');
    let sent = 0;
    for (let count = 0; count < 100; count += 1) {
      sent += tap.push(piece).reduce((sum, { length }) => sum + length, 0);
      expect((count + 1) * piece.length - sent).toBeLessThanOrEqual(262_144);
    }
    sent += tap.finish().reduce((sum, { length }) => sum + length, 0);
    expect(sent).toBe(100 * piece.length);
  });

  it('counts text for estimates without escapes ending it early', () => {
    const tap = new UsageTap(format, false);
    tap.push(stream('\n', [`{"choices":[{"delta":{"content":"a\\"b\\\\"}}]}`]));
    expect(tap.reading).toMatchObject({ textBytes: 6, textEvents: 1 });
  });
});

describe('the progress of a stream', () => {
  const event = (bytes: number): Buffer =>
    stream('\n', [
      JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(bytes) } }] }),
    ]);

  it('is reported each time that the text has grown by 4 KiB, and never for a short one', () => {
    const reported: number[] = [];
    const tap = new UsageTap(format, false, {
      onProgress: ({ textBytes }) => reported.push(textBytes),
    });
    for (let sent = 0; sent < 15_000; sent += 100) tap.push(event(100));
    expect(reported).toEqual([4_100, 8_200, 12_300]);
    const short = new UsageTap(format, false, { onProgress: () => reported.push(0) });
    for (let sent = 0; sent < 4_000; sent += 100) short.push(event(100));
    expect(reported).not.toContain(0);
  });
});
