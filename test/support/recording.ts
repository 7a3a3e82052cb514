const SECONDS = 3;

/** Returns silence of three seconds: 8,000 samples of one byte a second (RIFF/WAVE, PCM). */
export function recording(): Buffer {
  const samples = Buffer.alloc(SECONDS * 8_000, 0x80);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

/** Not in any content. */
const BOUNDARY = 'boundary-of-the-form';

/** A request with a form of one field. */
export const A_FORM = {
  body: `--${BOUNDARY}\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--${BOUNDARY}--\r\n`,
  headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
};

const FILES: ReadonlySet<string> = new Set(['file', 'image', 'mask']);

/** Returns the body of a request with the fields of an example in the form of {@link A_FORM}, those that are files as such. */
export function formText(example: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(example).map(([name, value]) => {
    const file = FILES.has(name) ? '; filename="a"' : '';
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n${String(value)}\r\n`;
  });
  return `${parts.join('')}--${BOUNDARY}--\r\n`;
}
