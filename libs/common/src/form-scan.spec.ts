import fc from 'fast-check';
import { GatehouseError } from './errors/gatehouse-error.js';
import { scanForm } from './form-scan.js';

interface Sent {
  readonly name: string;
  readonly value: string | { readonly filename: string; readonly bytes: Buffer };
}

const text = (name: string, value: string): Sent => ({ name, value });
const file = (name: string, bytes: Buffer, filename = 'a.wav'): Sent => ({
  name,
  value: { filename, bytes },
});

/** As the platform writes forms, which is another writer than the one under test. */
async function written(parts: readonly Sent[]): Promise<{ bytes: Buffer; contentType: string }> {
  const form = new FormData();
  for (const { name, value } of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([Uint8Array.from(value.bytes)]), value.filename);
  }
  const response = new Response(form);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, contentType: response.headers.get('content-type') ?? '' };
}

async function scanned(parts: readonly Sent[]) {
  const { bytes, contentType } = await written(parts);
  return scanForm(bytes, contentType);
}

/** As the platform reads what would be sent on. */
async function readAgain(
  form: Awaited<ReturnType<typeof scanForm>>,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<Sent[]> {
  const bytes = Uint8Array.from(form.withMembers(changes).joined());
  const headers = { 'content-type': form.contentType };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- reads what the test itself has written
  const entries = [...(await new Response(bytes, { headers }).formData())];
  return Promise.all(
    entries.map(async ([name, value]) =>
      typeof value === 'string'
        ? text(name, value)
        : file(name, Buffer.from(await value.arrayBuffer()), value.name),
    ),
  );
}

const refusal = async (bytes: Buffer | string, contentType?: string): Promise<string> => {
  try {
    await scanForm(Buffer.from(bytes), contentType);
    return 'accepted';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : `threw ${String(error)}`;
  }
};

const TYPE = 'multipart/form-data; boundary=x';
const part = (name: string): string => `--x\r\ncontent-disposition: form-data; name="${name}"`;

describe('scanForm', () => {
  it('has text fields as members, a repeated one as a list, and files beside them', async () => {
    const form = await scanned([
      text('model', 'm'),
      file('file', Buffer.from([0, 255, 13, 10])),
      text('include[]', 'logprobs'),
      text('tag', 'a'),
      text('tag', 'b'),
    ]);
    expect(form.parsed()).toEqual({ model: 'm', 'include[]': ['logprobs'], tag: ['a', 'b'] });
    expect(form.files.map(({ name, filename, bytes }) => [name, filename, [...bytes]])).toEqual([
      ['file', 'a.wav', [0, 255, 13, 10]],
    ]);
  });

  it('is sent on with a member replaced, removed or added, and every other part as it came', async () => {
    const form = await scanned([
      text('model', 'm'),
      file('file', Buffer.from('x')),
      text('a', '1'),
    ]);
    const sent = await readAgain(form, { model: '"other"', a: null, stream: 'true' });
    expect(sent).toEqual([
      text('model', 'other'),
      text('stream', 'true'),
      file('file', Buffer.from('x')),
    ]);
  });

  it('is sent on as it was read, with any names, file names and bytes', async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter(
        (one) =>
          !/["\\\r\n]/.test(one) && one !== '__proto__' && JSON.stringify(one) === `"${one}"`,
      );
    const sent = fc.oneof(
      fc.record({ name, value: fc.string({ unit: 'grapheme' }) }),
      fc.record({
        name,
        value: fc.record({
          filename: fc.string({ minLength: 1 }).filter((one) => one.isWellFormed()),
          bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { maxLength: 6 }), async (parts) => {
        const form = await scanned(parts);
        const came = await readAgain(form);
        const { bytes, contentType } = await written(parts);
        const direct = await new Response(Uint8Array.from(bytes), {
          headers: { 'content-type': contentType },
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- reads what the test itself has written
        }).formData();
        expect(came.map((one) => one.name)).toEqual([...direct].map(([field]) => field));
        expect(came.map(({ value }) => (typeof value === 'string' ? value : value.bytes))).toEqual(
          await Promise.all(
            [...direct].map(async ([, value]) =>
              typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer()),
            ),
          ),
        );
      }),
    );
  });

  it.each([
    ['without a content type', `${part('a')}\r\n\r\nb\r\n--x--\r\n`, undefined],
    ['of another type', '{"model":"m"}', 'application/json'],
    ['without a boundary', `${part('a')}\r\n\r\nb\r\n--x--\r\n`, 'multipart/form-data'],
    [
      'with a boundary that could end the header',
      `${part('a')}\r\n\r\nb\r\n--x--\r\n`,
      'multipart/form-data; boundary="x\\"y"',
    ],
    [
      'with another boundary',
      `${part('a')}\r\n\r\nb\r\n--x--\r\n`,
      'multipart/form-data; boundary=y',
    ],
    ['that breaks off', `${part('a')}\r\n\r\nb\r\n`, TYPE],
    ['that is empty', '', TYPE],
    [
      'with a field without a name',
      `--x\r\ncontent-disposition: form-data\r\n\r\nb\r\n--x--\r\n`,
      TYPE,
    ],
    ['with a name that JSON escapes', `${part('a\\u0062')}\r\n\r\nb\r\n--x--\r\n`, TYPE],
    ['with the name of a prototype', `${part('__proto__')}\r\n\r\nb\r\n--x--\r\n`, TYPE],
    [
      'with more parts than any operation has',
      `${part('a').concat('\r\n\r\nb\r\n').repeat(600)}--x--\r\n`,
      TYPE,
    ],
    [
      'with a text of a megabyte',
      `${part('a')}\r\n\r\n${'b'.repeat(1_100_000)}\r\n--x--\r\n`,
      TYPE,
    ],
  ])('refuses a form %s', async (_kind, bytes, contentType) => {
    expect(await refusal(bytes, contentType)).toBe('request_invalid');
  });
});
