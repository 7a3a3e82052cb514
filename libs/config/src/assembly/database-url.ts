import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import { parametersProblem } from '../schema/database-address.js';
import { databaseUri } from '../schema/database-address-forms.js';
import { variableOf } from '../source/environment.js';
import type { Overrides } from './overrides.js';
import type { Sources } from './sources.js';

/** LiteLLM's variables of an address in parts, all of them needed. */
const NEEDED = [
  'DATABASE_HOST',
  'DATABASE_USERNAME',
  'DATABASE_PASSWORD',
  'DATABASE_NAME',
] as const;
const OTHER_NAMES = ['DATABASE_USER', 'DATABASE_PASS', 'DATABASE_DB'] as const;
const OPTIONAL = ['DATABASE_PORT', 'DATABASE_SCHEMA'] as const;

/**
 * The address of the database: `DATABASE_URL`, else `general_settings.database_url`, else the one that LiteLLM's
 * variables give in parts.
 * @param sources the environment and the file
 * @returns a URI; `null` is the embedded database
 */
export function databaseUrlOf(sources: Sources): string | null {
  const { overrides, environment, root } = sources;
  const whole = overrides.variable('DATABASE_URL') ?? root.general_settings.database_url;
  if (whole !== null || variableOf(environment, 'DATABASE_URL') !== null) return whole;
  const missing = NEEDED.filter((name) => variableOf(environment, name) === null);
  const given = [...NEEDED, ...OPTIONAL].filter((name) => isGiven(sources, name));
  if (given.length === 0) return null;
  if (missing.length === 0) return fromParts(sources);
  return new ConfigPath(given[0] ?? '', sources.findings).refuse(
    `is set without ${missing.join(', ')}`,
    `${otherNames(sources)}Set ${missing.join(', ')} too, or the whole address as DATABASE_URL; or unset ${given.join(', ')} for the embedded database.`,
  );
}

/** Names that other programs give to the parts; LiteLLM reads none of them. */
function otherNames({ environment }: Sources): string {
  const set = OTHER_NAMES.filter((name) => variableOf(environment, name) !== null);
  return set.length === 0 ? '' : `${set.join(', ')}: not read, here and by LiteLLM. `;
}

/** Kubernetes sets DATABASE_PORT=tcp://… in every container where a service has the name "database". */
function isGiven({ environment }: Sources, name: string): boolean {
  const value = variableOf(environment, name);
  return value !== null && !(name === 'DATABASE_PORT' && value.startsWith('tcp://'));
}

function fromParts(sources: Sources): string | null {
  const { overrides, findings } = sources;
  const { name, port: portOfHost } = hostAndPort(overrides.variable('DATABASE_HOST') ?? '');
  const port = isGiven(sources, 'DATABASE_PORT') ? overrides.variable('DATABASE_PORT') : null;
  if (portOfHost !== null && port !== null)
    return new ConfigPath('DATABASE_PORT', findings).refuse(
      'is set, and DATABASE_HOST has a port too',
      'Write the port in one of them.',
    );
  overrides.variable('DATABASE_SCHEMA');
  const parameters = partsOf(overrides, name, portOfHost ?? port);
  const objection = parametersProblem(parameters);
  if (objection === null) return databaseUri(parameters);
  return new ConfigPath('DATABASE_HOST', findings).refuse(objection.message, objection.remedy);
}

function partsOf(
  overrides: Overrides,
  host: string,
  port: string | number | null,
): ReadonlyMap<string, string> {
  return new Map([
    ['host', host],
    ['user', overrides.variable('DATABASE_USERNAME') ?? ''],
    ['password', overrides.variable('DATABASE_PASSWORD') ?? ''],
    ['dbname', overrides.variable('DATABASE_NAME') ?? ''],
    ...(port === null ? [] : [['port', String(port)] as const]),
  ]);
}

/** LiteLLM puts DATABASE_HOST into the address as it is, so that it may hold the port. */
function hostAndPort(host: string): { readonly name: string; readonly port: string | null } {
  const [, name = host, port = null] = /^(\[[^\]]+\]|[^:/[]+):(\d+)$/.exec(host) ?? [];
  return { name, port };
}
