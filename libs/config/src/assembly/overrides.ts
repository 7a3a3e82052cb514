import type { z } from 'zod';
import { ConfigPath, type ConfigDiagnostics } from '../diagnostics/config-diagnostics.js';
import type { Key } from '../schema/key.js';
import { readKey } from '../schema/read.js';
import { VARIABLE_FIELDS } from '../schema/environment.config.js';
import { textNode } from '../source/config-node.js';
import { variableOf, type Environment } from '../source/environment.js';

type VariableName = keyof typeof VARIABLE_FIELDS;
type VariableValue<N extends VariableName> = z.output<(typeof VARIABLE_FIELDS)[N]>;

/** Values given on the command line. */
export interface CommandLineValues {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
}

/** Reads settings in their order of precedence: command line, environment, file, default. */
export class Overrides {
  /** @param environment variables, those that the file declares included */
  constructor(
    private readonly argv: CommandLineValues,
    private readonly environment: Environment,
    private readonly findings: ConfigDiagnostics,
  ) {}

  /**
   * A setting that an option, a variable, or neither gives.
   * @param option name of the option, without hyphens
   * @param variable name of the variable
   */
  optionOr<N extends 'PORT' | 'HOST'>(option: 'port' | 'host', variable: N): VariableValue<N> {
    const given = this.argv[option];
    if (given === undefined) return this.variable(variable) ?? this.absent(variable);
    return this.evaluate(variable, `--${option}`, given);
  }

  /** A setting that a variable gives; `null` when it is not set, so that the file's value counts. */
  variable<N extends VariableName>(name: N): VariableValue<N> | null {
    const given = variableOf(this.environment, name);
    return given === null ? null : this.evaluate(name, name, given);
  }

  private evaluate<N extends VariableName>(name: N, path: string, given: string): VariableValue<N> {
    // Only the names distinguish the fields of the table, which the compiler does not follow.
    const field = VARIABLE_FIELDS[name] as unknown as Key<VariableValue<N>>;
    return readKey(field, textNode(given), new ConfigPath(path, this.findings));
  }

  private absent<N extends VariableName>(name: N): VariableValue<N> {
    return (VARIABLE_FIELDS[name] as unknown as Key<VariableValue<N>>).parse(undefined);
  }
}
