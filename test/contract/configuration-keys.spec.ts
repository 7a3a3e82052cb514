import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '#libs/config';
import { refusalOf } from '#support/config-outcome';

/** One row of a table of keys. */
interface Row {
  /** Path of the section, as in the heading: `gatehouse.issuers[].claims`. */
  readonly section: string;
  readonly key: string;
  readonly isRequired: boolean;
}

/** Part of a JSON Schema, as far as the reader walks it. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const PAGE = readFileSync(
  join(import.meta.dirname, '../../docs/reference/configuration.md'),
  'utf8',
);
const SCHEMA = configJsonSchema() as Schema;

/** Keys of `gatehouse:` that stay as they are across releases. */
const FIXED_KEYS = `
  data_dir server server.body_limit_bytes server.shutdown_grace_seconds
  jwt jwt.require_exp jwt.require_sub jwt.link_by_verified_email jwt.trusted_email_issuers
  jwt.clock_tolerance_seconds jwt.max_token_age_seconds jwt.max_token_bytes jwt.accepted_types
  jwt.refuse_duplicate_members jwt.scope_field
  jwt.jwks jwt.jwks.timeout_ms jwt.jwks.max_bytes jwt.jwks.cooldown_seconds jwt.jwks.allow_http
  admin_issuers spend spend.durability spend.client_abort spend.drain_limit_seconds spend.unpriced_models
  budgets budgets.default_reservation_usd budgets.unpriced_models budgets.clamp_output reports reports.statement_timeout_seconds
  redis redis.url metrics metrics.public`
  .trim()
  .split(/\s+/);

/** Those of them that are not built, with what the refusal advises. */
const NOT_BUILT: ReadonlyMap<string, string> = new Map([
  ['metrics', 'Remove it; it is not ignored in silence.'],
]);

function rowsOf(page: string): readonly Row[] {
  return page.split(/^### /m).flatMap((part) => {
    const section = /^`([^`]+)`\n/.exec(part)?.[1];
    if (section === undefined) return [];
    return part.split('\n').flatMap((line): Row[] => {
      const [, cell = '', setting = ''] = /^\| (`[^|]*?)\s*\|\s*([^|]*?)\s*\|/.exec(line) ?? [];
      const keys = [...cell.matchAll(/`([a-z_]+)`/g)].map(([, key = '']) => key);
      return keys.map((key) => ({ section, key, isRequired: setting === 'required' }));
    });
  });
}

/** Follows a path such as `gatehouse.issuers[].claims`; a value may be one of several forms. */
function schemaAt(path: string): Schema | undefined {
  return path
    .split('.')
    .reduce<Schema | undefined>((schema, name) => memberOf(schema, name.replace('[]', '')), SCHEMA);
}

function memberOf(schema: Schema | undefined, name: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const forms = [schema, ...(schema.anyOf ?? [])].flatMap((form) => [
    form,
    ...(form.items === undefined ? [] : [form.items, ...(form.items.anyOf ?? [])]),
  ]);
  return forms.map((form) => form.properties?.[name]).find((found) => found !== undefined);
}

/** A file that holds an empty value at a path: `a.b[]` becomes `{ a: { b: [{}] } }`. */
function fileWith(path: string): string {
  return path
    .split('.')
    .reverse()
    .reduce((inner, name) => {
      const value = name.endsWith('[]') ? `[${inner}]` : inner;
      return `{ ${name.replace('[]', '')}: ${value} }`;
    }, '{}');
}

describe('the reference of the configuration', () => {
  const rows = rowsOf(PAGE);
  const own = rows.filter(({ section }) => /^gatehouse\b/.test(section));
  const required = rows.filter(({ isRequired }) => isRequired);

  it('has sections of the schema alone below gatehouse', () => {
    const sections = new Set(own.map(({ section }) => section));
    expect([...sections].every((section) => schemaAt(section) !== undefined)).toBe(true);
    expect(own.length).toBeGreaterThan(70);
  });

  it.each(own.map(({ section, key }) => `${section}.${key}`))(
    'names a key of the schema: %s',
    (path) => {
      expect(schemaAt(path)).toBeDefined();
    },
  );

  it.each([...new Set(own.map(({ section }) => section))])('leaves out no key of %s', (section) => {
    const documented = rows.flatMap((row) => (row.section === section ? [row.key] : []));
    const schema = schemaAt(section);
    const sections = [schema, schema?.items].flatMap((form) => Object.keys(form?.properties ?? {}));
    const missing = sections.filter(
      (key) =>
        !documented.includes(key) &&
        !rows.some((row) =>
          new RegExp(`^${section.replace('[]', '\\[\\]')}\\.${key}(\\[\\])?$`).test(row.section),
        ),
    );
    expect(missing).toEqual([]);
  });

  it.each(required.map(({ section, key }) => [section, key]))(
    'calls required what is: %s, %s',
    (section, key) => {
      expect(refusalOf(fileWith(section))).toContain(
        `${section.replaceAll('[]', '[0]')}.${key} is missing`,
      );
    },
  );

  it('calls the issuer of routing_overrides required, and its other selectors not', () => {
    const names = required.filter(({ section }) => section.endsWith('routing_overrides[]'));
    expect(names.map(({ key }) => key)).toEqual(['iss']);
  });
});

describe('keys of gatehouse that stay as they are', () => {
  const first = (key: string): string => key.split('.')[0] ?? '';

  it.each(FIXED_KEYS)('%s is in the schema, or refuses the start as not built', (key) => {
    const remedy = NOT_BUILT.get(first(key));
    const isBuilt = schemaAt(`gatehouse.${key}`) !== undefined;
    expect(isBuilt).toBe(remedy === undefined);
    if (remedy === undefined) return;
    const refusal = refusalOf(fileWith(`gatehouse.${key}`));
    expect(refusal).toContain(
      `gatehouse.${first(key)} is known, but this version of Gatehouse does not do it yet`,
    );
    expect(refusal).toContain(remedy);
  });
});
