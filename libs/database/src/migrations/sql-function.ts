import type { QueryRunner } from 'typeorm';

/** A function in the database. */
export interface SqlFunction {
  readonly name: string;
  readonly signature: string;
  readonly definition: string;
}

/** Returns a function in PL/pgSQL. */
export function sqlFunction(
  name: string,
  parameters: readonly string[],
  rest: { readonly returns: string; readonly body: string },
): SqlFunction {
  const types = parameters.map((parameter) => parameter.split(' ').slice(1).join(' '));
  return {
    name,
    signature: `${name}(${types.join(', ')})`,
    definition: `CREATE FUNCTION ${name}(${parameters.join(', ')}) RETURNS ${rest.returns}
      LANGUAGE plpgsql AS $function$ ${rest.body} $function$`,
  };
}

/** The parameters of functions that take a window. */
export const WINDOW = [
  'p_scope text',
  'p_id text',
  'p_start timestamptz',
  'p_end timestamptz',
] as const;

/** Puts functions in the place of those of the same names. */
export async function replaceFunctions(
  queryRunner: QueryRunner,
  functions: readonly SqlFunction[],
): Promise<void> {
  for (const { name, definition } of functions) {
    await queryRunner.query(`DROP FUNCTION ${name}`);
    await queryRunner.query(definition);
  }
}
