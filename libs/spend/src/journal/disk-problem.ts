import { errorCodeOf } from '#libs/common';

/** Problems by error code of the operating system for a directory that is written to. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the limit of the size of a file is reached',
  EROFS: 'the file system is read-only',
  EACCES: 'the process has no permission to write there',
  EPERM: 'the process has no permission to write there',
  EIO: 'the disk reports an error',
  ENOTDIR: 'a file is where a directory should be',
  EEXIST: 'a file is where a directory should be',
  EMFILE: 'the process has too many open files',
  ENFILE: 'the machine has too many open files',
  ESTALE: 'the network file system is gone',
  ENOENT: 'the directory is gone',
};

/** The problem of a disk that has not responded in time. */
export const DISK_SILENT = 'the disk does not respond';

/**
 * Says in words why a disk did not take something, with the system's code behind it. Names no path.
 * @param error what the file system threw
 */
export function diskProblem(error: unknown): string {
  const code = errorCodeOf(error);
  if (code === null) return 'the disk cannot be written';
  return `${MEANINGS[code] ?? 'the disk cannot be written'} (${code})`;
}
