import { PassThrough } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { GatehouseError, type WireFormat } from '#libs/common';
import type { BodySink, BodySource } from '../upstream/upstream-call.js';
import { ClientConnection } from './client-connection.js';
import { OpenaiResponseFormat } from './openai-response-format.js';
import { ResponseRecording } from './response-recording.js';
import { StreamEvents } from './stream-events.js';
import { StreamPump } from './stream-pump.js';
import { UsageTap } from './usage-tap.js';

const FORMAT = new OpenaiResponseFormat({ textMembers: ['content'] });
const EVENT = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const DONE = 'data: [DONE]\n\n';
const PING = ': ping\n\n';

/** A body that comes as the test says. */
class ScriptedSource implements BodySource {
  sink: BodySink | null = null;
  receive(sink: BodySink): void {
    this.sink = sink;
  }
  pause(): void {
    return;
  }
  resume(): void {
    return;
  }
  abort(): void {
    this.sink?.onEnd();
  }
}

/** A response that keeps what is written. */
class WrittenResponse extends PassThrough {
  headersSent = false;
  statusCode = 0;
  written = '';
  flushHeaders(): void {
    this.headersSent = true;
  }
  setHeader(): void {
    return;
  }
  override write(piece: Buffer): boolean {
    this.written += piece.toString();
    return true;
  }
}

function pumped(wire: WireFormat = 'openai', gate?: { pending: Promise<void> | null }) {
  const [source, response] = [new ScriptedSource(), new WrittenResponse()];
  const client = new ClientConnection(response as unknown as ServerResponse);
  const recording = new ResponseRecording(10_000);
  client.record(recording);
  const events = new StreamEvents({ format: {}, wire, requestId: 'r' });
  const tap = new UsageTap(FORMAT, false, {
    onEvent: (event) => {
      events.note(event);
    },
  });
  const open = jest.fn(() => {
    client.open(200, [], events);
  });
  const begin = jest.fn(open);
  const keepAlive = { milliseconds: 15_000, open };
  const stream = {
    source,
    client,
    tap,
    events,
    keepAlive,
    ...(gate === undefined ? {} : { gate }),
  };
  const pump = new StreamPump(stream, begin);
  const send = (text: string): void => source.sink?.onData(Buffer.from(text));
  return { source, response, client, recording, pump, tap, send, open, begin };
}

describe('a stream whose upstream is silent', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('gets a comment in each gap, which is not kept with the response', async () => {
    const { source, response, client, recording, pump, tap, send } = pumped();
    send(EVENT);
    await jest.advanceTimersByTimeAsync(14_000);
    send(EVENT);
    await jest.advanceTimersByTimeAsync(14_000);
    expect(response.written).toBe(EVENT + EVENT);
    await jest.advanceTimersByTimeAsync(16_000);
    expect(response.written).toBe(EVENT + EVENT + PING + PING);
    send(EVENT + DONE);
    source.sink?.onEnd();
    await pump.ended;
    client.end(tap.finish());
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(EVENT + EVENT + PING + PING + EVENT + DONE);
    expect(recording.whole?.body.toString()).toBe(EVENT + EVENT + EVENT + DONE);
  });

  it('gets one before the first byte, which does not count as that', async () => {
    const { response, send, begin } = pumped();
    await jest.advanceTimersByTimeAsync(15_000);
    expect([response.written, begin.mock.calls.length]).toEqual([PING, 0]);
    send(EVENT);
    expect([response.written, begin.mock.calls.length]).toEqual([PING + EVENT, 1]);
  });

  it('gets one while an event is kept back, and none while one goes on before its end', async () => {
    const { response, send } = pumped();
    send(EVENT.slice(0, 20));
    await jest.advanceTimersByTimeAsync(15_000);
    send(EVENT.slice(20));
    expect(response.written).toBe(PING + EVENT);
    const large = `data: "${'x'.repeat(300_000)}`;
    send(large);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(PING + EVENT + large);
    send('"\n\n');
    await jest.advanceTimersByTimeAsync(15_000);
    expect(response.written).toBe(`${PING}${EVENT}${large}"\n\n${PING}`);
  });

  it('gets none behind its end, and none before what waits', async () => {
    let release: () => void = () => undefined;
    const gate = { pending: new Promise<void>((resolve) => (release = resolve)) };
    const waiting = pumped('openai', gate);
    waiting.send(EVENT);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(waiting.response.written).toBe('');
    release();
    await new Promise(setImmediate);
    expect(waiting.response.written).toBe(EVENT);
    waiting.send(DONE);
    await new Promise(setImmediate);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(waiting.response.written).toBe(EVENT);
  });

  it('gets none between its last event and the end of the connection', async () => {
    const { source, response, client, pump, tap, send } = pumped();
    send(EVENT);
    await jest.advanceTimersByTimeAsync(14_500);
    send(DONE);
    await jest.advanceTimersByTimeAsync(900);
    expect(response.written).toBe(EVENT);
    source.sink?.onEnd();
    expect(await pump.ended).toBeNull();
    client.end(tap.finish());
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(EVENT + DONE);
  });

  it.each<[string, (sink: BodySink | null) => void]>([
    ['in order', (sink) => sink?.onEnd()],
    [
      'with a cut',
      (sink) => sink?.onFailure({ kind: 'cut', wasSent: true, cause: new Error('cut') }),
    ],
  ])('gets none behind an end %s without a last event', async (_kind, end) => {
    const { source, response, client, pump, tap, send } = pumped();
    send(EVENT);
    end(source.sink);
    await pump.ended;
    // The spend is recorded meanwhile.
    await jest.advanceTimersByTimeAsync(60_000);
    client.end(tap.finish());
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(EVENT);
  });

  it('gets none behind the error event of a stream that the gateway ends', async () => {
    const { response, client, send } = pumped();
    send(EVENT);
    client.dismiss(new GatehouseError('internal_error'));
    const { written } = response;
    expect(written).toMatch(/"reason":"internal_error"[^\n]*\n\n$/);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(written);
  });

  it('gets an event on Anthropic’s routes', async () => {
    const { response } = pumped('anthropic');
    await jest.advanceTimersByTimeAsync(15_000);
    expect(response.written).toBe('event: ping\ndata: {"type": "ping"}\n\n');
  });

  it('gets nothing for a client that has gone', async () => {
    const { response, send } = pumped();
    send(EVENT);
    response.destroy();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(response.written).toBe(EVENT);
  });
});
