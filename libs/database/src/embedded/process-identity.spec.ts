import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isProcessRunning, ownProcess, parseProcessIdentity } from './process-identity.js';

describe('the identity of a process', () => {
  it('survives its file', () => {
    expect(parseProcessIdentity(JSON.stringify(ownProcess()))).toEqual(ownProcess());
  });

  it.each([null, '', '{', 'null', '[]', '{"pid":1}', '{"pid":"1","startedAt":null,"realm":""}'])(
    'is not read out of %j',
    (text) => {
      expect(parseProcessIdentity(text)).toBeNull();
    },
  );

  it('is running for this process, and not for an earlier one with the same process id', () => {
    expect(isProcessRunning(ownProcess())).toBe(true);
    const isOnLinux = ownProcess().startedAt !== null;
    expect(isProcessRunning({ ...ownProcess(), startedAt: '1' })).toBe(!isOnLinux);
  });

  it('is not running after the process has ended', async () => {
    const child = spawn(process.execPath, ['--eval', '']);
    await once(child, 'exit');
    const { realm } = ownProcess();
    expect(isProcessRunning({ pid: child.pid ?? 0, startedAt: null, realm })).toBe(false);
  });

  it('says nothing about a process of another machine or container', () => {
    expect(isProcessRunning({ ...ownProcess(), realm: 'elsewhere' })).toBeNull();
  });
});
