import { AccessExplainer, type ExplainedCall } from '#libs/auth';
import { Given, readRows, RowBook } from '#libs/offline';
import type { Settings } from '#libs/config';
import type { CommandOptions } from './command-line.js';
import { decisionText } from './decision-text.js';
import { EXIT } from './exit-code.js';
import { readNamed, UnusableFileError, usable } from './named-file.js';
import { withPipeline } from './offline.js';

/**
 * Evaluates one call by the configuration, with the gateway's own pipeline and neither a gateway nor a database. Rows come
 * from a file; without one, those that the credential names are taken to be there, and the answer says so.
 * @returns 0 when the call would be let in and answered, 1 when not
 * @throws UnusableFileError when a file that an option names cannot be used
 */
export async function explain(settings: Settings, options: CommandOptions): Promise<number> {
  const call = await callOf(options);
  const rows = await rowsOf(options);
  return withPipeline(settings, rows, async (pipeline) => {
    const record = await pipeline.get(AccessExplainer).explain(call);
    const { assumed } = rows;
    process.stdout.write(
      options.isJson
        ? `${JSON.stringify({ ...record, assumed }, null, 2)}\n`
        : decisionText(record, assumed),
    );
    return record.allowed && record.reason === null ? EXIT.ok : EXIT.failed;
  });
}

async function rowsOf({ rows }: CommandOptions): Promise<RowBook> {
  if (rows === null) return new RowBook(new Given(), { assumesMissing: true });
  const given = usable('rows', readRows(await readNamed('rows', rows)));
  return new RowBook(given, { assumesMissing: false });
}

async function callOf(options: CommandOptions): Promise<ExplainedCall> {
  return {
    caller: await callerOf(options),
    method: (options.method ?? 'POST').toUpperCase(),
    route: options.route ?? '/v1/chat/completions',
    body: { model: options.model ?? undefined, user: options.user ?? undefined },
    headers: Object.fromEntries(options.headers.map(headerOf)),
  };
}

async function callerOf({ token, claims }: CommandOptions): Promise<ExplainedCall['caller']> {
  if (token !== null) {
    return { kind: 'token', token: (await readNamed('token', token)).trim() };
  }
  return { kind: 'claims', claims: claimsOf(await readNamed('claims', claims ?? '-')) };
}

function claimsOf(json: string): Readonly<Record<string, unknown>> {
  let claims: unknown;
  try {
    claims = JSON.parse(json);
  } catch {
    // Not the parser's message: it quotes what it read.
    throw new UnusableFileError('the file of --claims is not JSON');
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new UnusableFileError('the file of --claims holds no JSON object');
  }
  return { ...claims };
}

function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
