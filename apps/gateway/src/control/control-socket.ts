import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { errorCodeOf } from '#libs/common';
import type { JsonLogger } from '../logging/json-logger.js';

/** Handlers of the commands to a running process, by command name. */
export type ControlCommands = Readonly<Record<string, () => Promise<unknown>>>;

const SOCKET_NAME = 'control.sock';
/** The address of a Unix socket holds about 100 bytes on every system. */
const MAX_SOCKET_PATH = 100;
const MAX_COMMAND_LENGTH = 64;
/** After this time without data a client counts as disconnected; every command takes less. */
const SILENCE_MS = 120_000;

/**
 * Listens on the control socket of a data directory, for commands of the user who runs the gateway:
 * the socket's mode keeps other users out. One line in (the command), one JSON document out.
 * @param logger receives the error when the socket cannot be opened; the gateway works without it
 */
export async function serveControlSocket(
  dataDir: string,
  commands: ControlCommands,
  logger: JsonLogger,
): Promise<{ close(): Promise<void> }> {
  const path = socketPath(dataDir);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    void answer(socket, commands);
  });
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') rmSync(path, { force: true });
    await listen(server, path);
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'error';
    logger.record('warn', 'no control socket: `gatehouse reconcile` cannot ask this process', {
      code,
    });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/**
 * Asks the process that holds a data directory.
 * @throws Error when it does not answer or reports a failure
 */
export async function askRunningProcess(dataDir: string, command: string): Promise<unknown> {
  const socket = createConnection(socketPath(dataDir));
  socket.write(`${command}\n`);
  const reply = JSON.parse(await text(socket)) as {
    ok: boolean;
    result?: unknown;
    message?: string;
  };
  if (!reply.ok) throw new Error(reply.message ?? 'the running process could not do it');
  return reply.result;
}

async function answer(socket: Socket, commands: ControlCommands): Promise<void> {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  try {
    const name = await firstLine(socket);
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new Error('unknown command');
    socket.end(JSON.stringify({ ok: true, result: await command() }));
  } catch (error) {
    const message = error instanceof Error ? error.message : 'failed';
    socket.end(JSON.stringify({ ok: false, message }));
  }
}

/** Iterating would end the socket with the input; the answer still has to go out. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\n');
      if (end !== -1) resolve(received.slice(0, end));
      else if (received.length > MAX_COMMAND_LENGTH) reject(new Error('unknown command'));
    });
    socket.once('end', () => {
      reject(new Error('no command'));
    });
  });
}

function socketPath(dataDir: string): string {
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\gatehouse-${createHash('sha256').update(dataDir).digest('hex').slice(0, 32)}`;
  }
  const path = join(dataDir, SOCKET_NAME);
  if (path.length <= MAX_SOCKET_PATH) return path;
  return relative(process.cwd(), path);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
