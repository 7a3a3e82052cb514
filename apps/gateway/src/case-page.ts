import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  completeRequest,
  readExpectations,
  type ExpectationCase,
  type ExpectationFile,
} from '#libs/offline';

const INTRODUCTION = `# Pipeline cases

Written by \`npm run generate\` from \`test/cases/*.yaml\`; do not edit it here. Every line is run against a live gateway over HTTP with
real signed tokens, compared with \`POST /auth/explain\`, and evaluated offline
(\`test/contract/pipeline-cases.spec.ts\`). The files have the form that [\`gatehouse check --expect\`](../how-to/explain-a-refusal.md#expectations-in-a-pipeline)
reads, so any of them is a beginning for your own.

A token has the claims of its table's first line and those of its own line; \`null\` takes one away. A call is a chat completion unless
it says otherwise.
`;

const HEADER = [
  '| Case | Token | Call | Status | Reason | Team | Attributed to |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];

/**
 * The page `docs/reference/pipeline-cases.md`.
 * @param directory where the case files are
 * @throws Error for a case file that cannot be read
 */
export function casePage(directory: string): string {
  const files = globSync(join(directory, '*.yaml')).toSorted().map(readCases);
  const total = files.reduce((sum, { cases }) => sum + cases.length, 0);
  const counted = `${String(total)} cases in ${String(files.length)} configurations.\n`;
  return [INTRODUCTION, counted, ...files.map(sectionOf)].join('\n');
}

function readCases(path: string): ExpectationFile {
  const stated = readExpectations(readFileSync(path, 'utf8'));
  if (!stated.ok) throw new Error(`${path}: ${stated.problems.join('; ')}`);
  return stated.value;
}

function sectionOf(file: ExpectationFile): string {
  const { title = 'Cases', description, config, given, defaults, cases } = file;
  return [
    `## ${title}`,
    ...(description === undefined ? [] : ['', description.trim()]),
    // Not `yaml`: what is marked so is taken for a whole configuration that a reader may copy.
    ...(config === undefined ? [] : ['', '```yml', config.trim(), '```']),
    ...rowsText(given),
    ...(defaults?.claims === undefined ? [] : ['', `Every token: ${code(defaults.claims)}`]),
    '',
    ...HEADER,
    ...cases.map((one) => lineOf(one, file)),
    '',
  ].join('\n');
}

function rowsText(given: ExpectationFile['given']): readonly string[] {
  const lists = Object.entries(given ?? {}) as [string, readonly object[]][];
  const lines = lists.map(
    ([list, rows]) => `- ${list.replace('_', ' ')}: ${rows.map((row) => code(row)).join(', ')}`,
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function lineOf(one: ExpectationCase, file: ExpectationFile): string {
  const { status, reason, team } = one.expect;
  const cells = [
    one.name,
    tokenText(one),
    requestText(one, file),
    status === undefined ? '' : String(status),
    span(reason ?? ''),
    span(team ?? ''),
    attributionText(one),
  ];
  return `| ${cells.map(cellText).join(' | ')} |`;
}

/** Escapes bars, which would end the cell, and invisible characters such as line breaks. */
function cellText(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function tokenText({ claims, token, issuer }: ExpectationCase): string {
  if (token !== undefined) return `the text ${code(token)}`;
  const all = { ...(issuer === undefined ? {} : { iss: issuer }), ...claims };
  return Object.keys(all).length === 0 ? '' : code(all);
}

function requestText({ request }: ExpectationCase, { defaults }: ExpectationFile): string {
  const { method, route, model, user, headers } = completeRequest(request, defaults?.request);
  const target = route === '/v1/chat/completions' ? '' : `${method} ${route}`;
  const named = [
    target,
    model ?? '',
    user === undefined ? '' : `user ${visible(user)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${visible(value)}`),
  ];
  return named
    .filter((part) => part !== '')
    .map(span)
    .join(' ');
}

function attributionText({ expect }: ExpectationCase): string {
  const { user, organization, end_user: endUser, kind, role } = expect;
  const named: readonly (readonly [what: string, id: string | null | undefined])[] = [
    ['user', user],
    ['organisation', organization],
    ['end user', endUser],
    ['role', role],
    ['as', kind === 'jwt' ? null : kind],
  ];
  return named
    .flatMap(([what, id]) => (typeof id === 'string' ? [`${what} ${span(id)}`] : []))
    .join(', ');
}

function code(value: unknown): string {
  return span(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A backtick inside would end the span, so it becomes its escape. Nothing is an empty cell. */
function span(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('`', '\\u0060')}\``;
}

/** Blanks at the ends, and nothing at all, are seen in quotes alone. */
function visible(text: string): string {
  return text !== '' && text.trim() === text ? text : JSON.stringify(text);
}
