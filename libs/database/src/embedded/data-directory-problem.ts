import { GatehouseError } from '#libs/common';

const ELSEWHERE = 'choose another directory (GATEHOUSE_DATA_DIR or gatehouse.data_dir)';

/** Problem and remedy by the system's error code for the directory. */
const WORDS: ReadonlyMap<string, readonly [problem: string, remedy: string]> = new Map([
  ['EEXIST', ['is a file and must be a directory', `move the file away, or ${ELSEWHERE}`]],
  ['ENOTDIR', ['lies below a file', ELSEWHERE]],
  ['ELOOP', ['is a symbolic link that leads in a circle', ELSEWHERE]],
  ['ENOSPC', ['is on a disk that is full', `make room there, or ${ELSEWHERE}`]],
  ['EDQUOT', ['is on a disk whose quota is used up', `make room there, or ${ELSEWHERE}`]],
  ['EROFS', ['is on a disk that is read-only', ELSEWHERE]],
  ['EACCES', ['may not be written by this user', `give this user access, or ${ELSEWHERE}`]],
  ['EPERM', ['may not be written by this user', `give this user access, or ${ELSEWHERE}`]],
  ['EIO', ['is on a disk that fails', `replace the disk, or ${ELSEWHERE}`]],
]);

/**
 * Returns the error of a data directory that cannot be used, in a sentence that names the directory, what is wrong with
 * it, the system's code and a remedy.
 * @param error what the file system threw; anything else is returned as it is
 */
export function dataDirectoryError(dataDir: string, error: unknown): unknown {
  const { code, syscall } = Object(error) as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || typeof syscall !== 'string') return error;
  const [problem, remedy] = WORDS.get(code) ?? ['cannot be used', ELSEWHERE];
  return new GatehouseError('database_unavailable', {
    message: `The data directory ${dataDir} ${problem} (${code}): ${remedy}.`,
    context: { dataDir },
    cause: error,
  });
}
