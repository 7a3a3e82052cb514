import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { eventually } from '#support/eventually';
import { closeSocket, FrameQueue, relayedCode, sendFrame } from './frames.js';

const MEBIBYTE = 1_048_576;
const FRAMES = 64;

/** Two connections, the sides of each in this process: from a writer, and to a reader. */
async function aRelay() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connect = async () => {
    const far = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    const [[near]] = (await Promise.all([once(server, 'connection'), once(far, 'open')])) as [
      [WebSocket],
      unknown,
    ];
    return { near, far };
  };
  const [source, target] = [await connect(), await connect()];
  const stop = (): void => {
    for (const { near, far } of [source, target]) {
      near.terminate();
      far.terminate();
    }
    server.close();
  };
  return { writer: source.far, source: source.near, target: target.near, reader: target.far, stop };
}

function numbered(at: number): Buffer {
  const data = Buffer.alloc(MEBIBYTE, 97);
  data.writeUInt32BE(at);
  return data;
}

describe('the messages of a session', () => {
  it('stop the side that writes while the other one does not read, and all arrive in order afterwards', async () => {
    const { writer, source, target, reader, stop } = await aRelay();
    let most = 0;
    new FrameQueue(source, (frame) => {
      const waiting = sendFrame(target, frame);
      most = Math.max(most, target.bufferedAmount);
      return waiting;
    });
    reader.pause();
    for (let at = 0; at < FRAMES; at += 1) writer.send(numbered(at));
    await eventually(() => {
      expect(source.isPaused).toBe(true);
    });
    const arrived: number[] = [];
    reader.on('message', (data: Buffer) => arrived.push(data.readUInt32BE()));
    reader.resume();
    await eventually(() => {
      expect(arrived).toHaveLength(FRAMES);
    }, 10_000);
    expect(arrived).toEqual(Array.from({ length: FRAMES }, (_, at) => at));
    // What may wait, and the message that goes beyond it.
    expect(most).toBeLessThan(2 * MEBIBYTE + 1_024);
    stop();
  });

  it('are handled one after the other, also those that come while one has to wait', async () => {
    const { writer, source, stop } = await aRelay();
    const handled: string[] = [];
    const waits: (() => void)[] = [];
    const queue = new FrameQueue(source, async ({ data }) => {
      await new Promise<void>((resolve) => waits.push(resolve));
      handled.push(data.toString());
    });
    for (const text of ['a', 'b', 'c']) writer.send(text);
    const end = new Promise<void>((resolve) => {
      source.on('close', () => {
        queue.afterAll(resolve);
      });
    });
    writer.close();
    for (const at of [1, 2, 3]) {
      await eventually(() => {
        expect(waits).toHaveLength(at);
      });
      expect(handled).toHaveLength(at - 1);
      waits.at(-1)?.();
    }
    await end;
    expect(handled).toEqual(['a', 'b', 'c']);
    stop();
  });

  it('do not wait for a reader that is cut', async () => {
    const { target, reader, stop } = await aRelay();
    reader.pause();
    const sent = Array.from({ length: FRAMES }, (_, at) =>
      sendFrame(target, { data: numbered(at), isBinary: true }),
    );
    expect(sent.at(-1)).toBeInstanceOf(Promise);
    target.terminate();
    await Promise.all(sent.filter((one) => one instanceof Promise));
    expect(sendFrame(target, { data: numbered(0), isBinary: true })).toBeUndefined();
    stop();
  });

  it('end with a close frame, whose reason is cut to what it may hold, also where nothing is read', async () => {
    const { target, reader, stop } = await aRelay();
    target.pause();
    const closed = once(reader, 'close');
    closeSocket(target, 1_008, 'ä'.repeat(100));
    const [code, reason] = (await closed) as [number, Buffer];
    expect(code).toBe(1_008);
    expect(reason.toString()).toBe('ä'.repeat(61));
    stop();
  });
});

describe('the close code that goes to the other side', () => {
  it.each([
    [1_000, 1_000],
    [1_001, 1_001],
    [1_003, 1_003],
    [1_004, 1_011],
    [1_005, null],
    [1_006, 1_011],
    [1_008, 1_008],
    [1_011, 1_011],
    [1_014, 1_014],
    [1_015, 1_011],
    [2_999, 1_011],
    [3_000, 3_000],
    [4_999, 4_999],
    [5_000, 1_011],
  ])('of %p is %p', (code, relayed) => {
    expect(relayedCode(code, 1_011)).toBe(relayed);
  });
});
