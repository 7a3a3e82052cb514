import { GatehouseError } from '#libs/common';
import { dataDirectoryError } from './data-directory-problem.js';

const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: as the system says`), { code, syscall: 'write' });

describe('The error of a data directory', () => {
  it.each([
    ['ENOSPC', /is on a disk that is full \(ENOSPC\): make room there, or choose another/],
    ['EDQUOT', /whose quota is used up \(EDQUOT\): make room/],
    ['EROFS', /is on a disk that is read-only \(EROFS\): choose another/],
    ['EACCES', /may not be written by this user \(EACCES\): give this user access/],
    ['EWHAT', /cannot be used \(EWHAT\): choose another/],
  ])('%s names the directory and a remedy', (code, words) => {
    const error = dataDirectoryError('/var/lib/gatehouse', systemError(code));
    expect(String(error)).toMatch(/The data directory \/var\/lib\/gatehouse /);
    expect(String(error)).toMatch(words);
  });

  it('of anything but the file system stays what it is', () => {
    const others = [new GatehouseError('database_unavailable'), new Error('x'), 'x', null];
    expect(others.map((one) => dataDirectoryError('/d', one))).toEqual(others);
  });
});
