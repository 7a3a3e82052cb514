/**
 * Up to this size bytes are left to the garbage collector. Larger ones would make it run, over the whole heap, much more
 * often: memory outside the heap counts for when it runs.
 */
export const MAX_LEFT_BYTES = 65_536;

/**
 * Gives the memory of large bytes back at once, unless they share it with others.
 * @param bytes used by no other code, and from now on by none at all
 * @param total bytes that are given back together
 */
export function giveBack(bytes: Buffer, total: number = bytes.length): void {
  const { buffer, length } = bytes;
  if (total > MAX_LEFT_BYTES && buffer instanceof ArrayBuffer && buffer.byteLength === length)
    buffer.transfer(0);
}
