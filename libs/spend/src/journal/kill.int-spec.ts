import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Logger } from '@nestjs/common';
import type { JournalRecord } from './journal-record.js';
import { refOf } from './journal-record.js';
import { adoptOrphans } from '../recording/orphan-adoption.js';
import { isOrphaned } from './process-owner.js';

const KILLS = 8;
const REPOSITORY = join(import.meta.dirname, '..', '..', '..', '..');

/**
 * A process that appends forty records at a time and prints the name of each one that was acknowledged. The
 * sources are transformed as Jest does it, so that the very code under test runs.
 */
const WRITER = `
const { transformSync } = require('@swc/core');
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { config, root, directory } = JSON.parse(process.argv[1]);
const load = Module._resolveFilename;
Module._resolveFilename = function (name, parent, ...rest) {
  const own = /^#libs\\/([^/]+)$/.exec(name);
  if (own) return root + '/libs/' + own[1] + '/src/index.ts';
  if (name.startsWith('.') && parent?.filename?.endsWith('.ts'))
    return require('node:path').resolve(parent.path, name.replace(/\\.js$/, '.ts'));
  return load.call(this, name, parent, ...rest);
};
Module._extensions['.ts'] = (module, filename) =>
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...config, filename }).code, filename);
const { Journal } = require(root + '/libs/spend/src/journal/journal.ts');
const journal = new Journal({ directory, segmentBytes: 20000 });
const print = (line) => {
  for (;;) {
    try {
      return require('node:fs').writeSync(1, line);
    } catch (error) {
      // The pipe is full: the reader is slower for a moment.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
};
let number = 0;
const writer = async () => {
  for (;;) {
    const requestId = 'r' + String(number++);
    await journal.append({ kind: 'release', ref: { requestId, attempt: 1, startedAt: new Date() } });
    print(requestId + '\\n');
    // Lets syncs and the closing of segments run, so that the kill hits them, too.
    await new Promise(setImmediate);
  }
};
for (let index = 0; index < 40; index += 1) void writer();
`;

describe('A journal whose process is killed at a random moment', () => {
  let root: string;

  beforeAll(() => {
    Logger.overrideLogger(false);
    root = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('holds every acknowledged record afterwards, and is adopted as a whole', async () => {
    let total = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const processId = `process-${String(kill)}`;
      const acknowledged = await writeUntilKilled(join(root, processId), Math.random() * 400);
      expect(await isOrphaned(join(root, processId))).toBe(true);
      const booked: JournalRecord[] = [];
      const swept: string[] = [];
      const ledger = {
        commit: (records: readonly JournalRecord[]) => {
          booked.push(...records);
          return Promise.resolve();
        },
        sweepProcess: (name: string) => {
          swept.push(name);
          return Promise.resolve(0);
        },
      };
      const options = { root, processId: 'me', ledger };
      expect(await adoptOrphans(options, new AbortController().signal)).toEqual([processId]);
      const names = new Set(booked.map((record) => refOf(record).requestId));
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
      expect(names.size).toBe(booked.length);
      expect(swept).toEqual([processId]);
      expect(await readdir(root)).toEqual([]);
      total += acknowledged.length;
    }
    expect(total).toBeGreaterThan(KILLS);
  }, 120_000);
});

/**
 * Starts a writer, kills it `afterMs` after its first acknowledgement, and returns what it
 * acknowledged.
 */
async function writeUntilKilled(directory: string, afterMs: number): Promise<string[]> {
  const config = {
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
  };
  const writer = spawn(
    process.execPath,
    ['-e', WRITER, JSON.stringify({ config, root: REPOSITORY, directory })],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(writer, 'exit');
  const names: string[] = [];
  const lines = createInterface(writer.stdout);
  let timer: NodeJS.Timeout | undefined;
  lines.on('line', (line) => {
    names.push(line);
    timer ??= setTimeout(() => writer.kill('SIGKILL'), afterMs);
  });
  const closed = once(lines, 'close');
  const [code, signal] = (await exited) as [number | null, string | null];
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  await closed;
  return names;
}
