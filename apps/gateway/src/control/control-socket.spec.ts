import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonLogger } from '../logging/json-logger.js';
import { askRunningProcess, serveControlSocket } from './control-socket.js';

describe('the control socket', () => {
  let dataDir: string;
  let control: { close(): Promise<void> };

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-control-'));
    control = await serveControlSocket(
      dataDir,
      {
        reconcile: () => Promise.resolve({ differences: [] }),
        fail: () => Promise.reject(new Error('no database')),
      },
      new JsonLogger('fatal'),
    );
  });

  afterEach(async () => {
    await control.close();
    rmSync(dataDir, { recursive: true });
  });

  it('answers a command with its result', async () => {
    await expect(askRunningProcess(dataDir, 'reconcile')).resolves.toEqual({ differences: [] });
  });

  it('passes a failure on as its sentence', async () => {
    await expect(askRunningProcess(dataDir, 'fail')).rejects.toThrow('no database');
  });

  it('refuses what it does not know, inherited names included', async () => {
    await expect(askRunningProcess(dataDir, 'toString')).rejects.toThrow('unknown command');
  });

  it('does not keep the process from ending because a client says nothing', async () => {
    const idle = createConnection(join(dataDir, 'control.sock'));
    await once(idle, 'connect');
    await expect(control.close()).resolves.toBeUndefined();
  });

  it('is closed to other users of the machine', () => {
    expect(statSync(join(dataDir, 'control.sock')).mode & 0o077).toBe(0);
  });
});
