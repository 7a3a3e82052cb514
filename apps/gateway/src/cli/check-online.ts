import {
  KeyAddressCheck,
  ProviderEndpointCheck,
  type ExplainedCall,
  type KeyAddressFinding,
  type ProviderEndpointFinding,
} from '#libs/auth';
import {
  Given,
  RowBook,
  SampleTokenService,
  type SampleTokenReview,
  type TokenLack,
} from '#libs/offline';
import type { Settings } from '#libs/config';
import type { CommandOptions } from './command-line.js';
import { callerText } from './decision-text.js';
import { EXIT } from './exit-code.js';
import { readNamed } from './named-file.js';
import { withPipeline } from './offline.js';

const ROUTE = '/v1/chat/completions';

/**
 * Fetches the keys of every configured issuer and asks the introspection and UserInfo endpoints as a running gateway does,
 * and prints what each address gives; with a sample token also everything that the token lacks.
 * @returns 0 when every address can be used and the token lacks nothing, 1 otherwise
 * @throws UnusableFileError when the file of the token cannot be read
 */
export async function checkOnline(
  settings: Settings,
  { token: file, model }: Pick<CommandOptions, 'token' | 'model'>,
): Promise<number> {
  const token = file === null ? null : (await readNamed('token', file)).trim();
  const rows = new RowBook(new Given(), { assumesMissing: true });
  return withPipeline(settings, rows, async (pipeline) => {
    const findings = await pipeline.get(KeyAddressCheck).run();
    process.stdout.write(findingsText(findings));
    const endpoints = await pipeline.get(ProviderEndpointCheck).run(token);
    process.stdout.write(endpointsText(endpoints));
    const areUsable = [...findings, ...endpoints].every(({ problem }) => problem === null);
    if (token === null) return areUsable ? EXIT.ok : EXIT.failed;
    const review = await pipeline.get(SampleTokenService).review(callWith(token, model));
    process.stdout.write(reviewText(review, { model, assumed: rows.assumed }));
    return areUsable && review.lacks.length === 0 ? EXIT.ok : EXIT.failed;
  });
}

function callWith(token: string, model: string | null): ExplainedCall {
  const body = { model: model ?? undefined };
  return { caller: { kind: 'token', token }, method: 'POST', route: ROUTE, body, headers: {} };
}

function findingsText(findings: readonly KeyAddressFinding[]): string {
  if (findings.length === 0) {
    return '\nNo issuer is configured, so that no keys are fetched (general_settings.enable_jwt_auth).\n';
  }
  const failed = findings.filter(({ problem }) => problem !== null).length;
  const summary =
    failed === 0
      ? 'Every issuer has usable keys.'
      : `${String(failed)} of ${String(findings.length)} key addresses cannot be used.`;
  return ['', 'Signing keys of the issuers:', ...findings.flatMap(findingLines), summary, ''].join(
    '\n',
  );
}

function endpointsText(findings: readonly ProviderEndpointFinding[]): string {
  if (findings.length === 0) return '';
  const lines = findings.map(({ kind, address, result, problem }) =>
    problem === null
      ? `  ok      ${kind}: ${address}: ${result ?? ''}`
      : `  FAILED  ${kind}: ${address}: ${problem}`,
  );
  return ['', 'Endpoints that are asked about tokens:', ...lines, ''].join('\n');
}

function findingLines(finding: KeyAddressFinding): readonly string[] {
  const { configPath, issuer, address, problem, notices } = finding;
  const place = `${configPath}: ${address}`;
  const result =
    problem === null
      ? `  ok      ${place}: ${keysText(finding)}`
      : `  FAILED  ${place}: ${problem}`;
  const all =
    issuer === null ? [...notices, 'JWT_ISSUER is not set: no issuer is compared'] : notices;
  return [result, ...all.map((notice) => `          note: ${notice}`)];
}

function keysText({ keyCount, algorithms }: KeyAddressFinding): string {
  const count = `${String(keyCount)} usable ${keyCount === 1 ? 'key' : 'keys'}`;
  return algorithms.length === 0 ? count : `${count} (${algorithms.join(', ')})`;
}

function reviewText(
  review: SampleTokenReview,
  { model, assumed }: { readonly model: string | null; readonly assumed: readonly string[] },
): string {
  const { lacks, isComplete, record } = review;
  const asked = model === null ? `POST ${ROUTE}` : `POST ${ROUTE} with the model ${model}`;
  const caller = callerText(record);
  return [
    '',
    `Sample token, for ${asked}:`,
    ...lacks.flatMap(lackLines),
    ...(isComplete ? [] : ['  What comes after this cannot be checked until it is remedied.']),
    ...line('caller', caller),
    ...line('models', record.allowed_models.join(', ')),
    ...line('assumed to be there', assumed.join(', ')),
    ...(isComplete ? absenceLines(review) : []),
    lacks.length === 0
      ? 'The sample token lacks nothing.'
      : `The sample token is not accepted: ${String(lacks.length)} ${lacks.length === 1 ? 'problem' : 'problems'}.`,
    '',
  ].join('\n');
}

function line(label: string, text: string | null): readonly string[] {
  return text === null || text === '' ? [] : [`  ${label}: ${text}`];
}

function lackLines({ detail, configKey, remedy }: TokenLack): readonly string[] {
  const setting = configKey === null ? '' : ` [${configKey}]`;
  return [
    `  FAILED  ${detail}${setting}`,
    ...(remedy === null ? [] : [`          remedy: ${remedy}`]),
  ];
}

/** Ids that many configurations mean to have without demanding them. */
function absenceLines({ record: { principal }, lacks }: SampleTokenReview): readonly string[] {
  if (principal === null || principal.role === 'proxy_admin') return [];
  const isListed = lacks.some(({ reason }) => reason === 'team_required');
  return [
    ...(principal.user_id === null ? ['  note: the token leads to no user'] : []),
    ...(principal.team_id === null && !isListed ? ['  note: the token leads to no team'] : []),
  ];
}
