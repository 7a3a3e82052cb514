import { isJsonObject } from '#libs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { parseDocument } from 'yaml';
import { requireOrdinaryMembers } from '#libs/auth';
import { ExpectationFile, type ExpectationCase } from './expectation-file.js';
import { problemsOfRows } from './record-problems.js';
import { OfflineRecords } from './offline-records.js';

const MAX_PROBLEMS = 20;

/** What a file says, or everything that is wrong with it, one sentence each. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a file of expectations. Unknown members are refused, so that a misspelt expectation never counts as held. */
export function readExpectations(text: string): Parsed<ExpectationFile> {
  const file = readAs(ExpectationFile, text);
  if (!file.ok) return file;
  const ofCases = file.value.cases.flatMap((one, index) =>
    problemsOfCase(one).map((problem) => `cases[${String(index)}] (${one.name}): ${problem}`),
  );
  const ofRows = problemsOfRows(file.value.given ?? new OfflineRecords());
  const problems = [...ofRows.map((problem) => `given.${problem}`), ...ofCases];
  return problems.length === 0 ? file : { ok: false, problems };
}

/** Reads a file of rows: the members of `given`, or a file of expectations, whose `given` counts. */
export function readRows(text: string): Parsed<OfflineRecords> {
  const parsed = parsedYaml(text);
  if (!parsed.ok) return parsed;
  const isWhole = isJsonObject(parsed.value) && 'given' in parsed.value;
  const given = valid(OfflineRecords, isWhole ? parsed.value['given'] : parsed.value);
  const problems = given.ok ? problemsOfRows(given.value) : given.problems;
  return problems.length === 0 ? given : { ok: false, problems };
}

function readAs<T extends object>(shape: new () => T, text: string): Parsed<T> {
  const parsed = parsedYaml(text);
  return parsed.ok ? valid(shape, parsed.value) : parsed;
}

function parsedYaml(text: string): Parsed<unknown> {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true });
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map(({ message }) => message) };
  }
  try {
    // A few aliases are a convenience; many are an attempt to make a small file large.
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // As in the body of a request: what transforms classes mishandles names that every object has.
    requireOrdinaryMembers(value);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : 'unreadable YAML'] };
  }
}

function valid<T extends object>(shape: new () => T, plain: unknown): Parsed<T> {
  if (!isJsonObject(plain)) return { ok: false, problems: ['the file holds no mapping'] };
  const value = plainToInstance(shape, plain);
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: true });
  const problems = errors.flatMap((error) => problemsOf(error, '')).slice(0, MAX_PROBLEMS);
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

function problemsOf({ property, constraints, children }: ValidationError, path: string): string[] {
  const isEntry = /^\d+$/.test(property);
  const here = isEntry ? `${path}[${property}]` : path === '' ? property : `${path}.${property}`;
  const own = Object.values(constraints ?? {}).map((text) => `${here}: ${text}`);
  return [...own, ...(children ?? []).flatMap((child) => problemsOf(child, here))];
}

function problemsOfCase({ claims, token, expect }: ExpectationCase): string[] {
  const stated = [claims, token].filter((one) => one !== undefined).length;
  return [
    ...(stated === 1 ? [] : ['exactly one of claims and token must be given']),
    ...(Object.keys(expect).length > 0 ? [] : ['expect states nothing']),
  ];
}
