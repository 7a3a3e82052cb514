import { Environment, type ASTNode, type ParseResult } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { nodesIn } from './expression-nodes.js';
import type { PolicyInput } from './policy-input.js';
import { TypedPresence } from './cel-has-typecheck.js';

/** What an expression came to for one call. */
export type Evaluation =
  | { readonly kind: 'value'; readonly value: boolean }
  /** `problem` names no value: the code of the failure and the part of the expression that it happened in. */
  | { readonly kind: 'failure'; readonly problem: string };

/** An expression that is ready for calls, or why it cannot be. */
export type Compilation =
  | { readonly kind: 'compiled'; readonly evaluate: (input: PolicyInput) => Evaluation }
  | { readonly kind: 'refused'; readonly problem: string; readonly remedy: string };

type Refused = Extract<Compilation, { kind: 'refused' }>;

/**
 * Replaces the language's own `matches`, which uses JavaScript's backtracking engine: a claim in a
 * token could stall the process, because it makes a harmless looking pattern explode (threat A13).
 */
const LINEAR_MATCHES = 'matchesLinearly';
const MATCHES: ReadonlySet<string> = new Set(['matches', LINEAR_MATCHES]);

/** Macros that run over a list. */
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

const NESTED: Refused = {
  kind: 'refused',
  problem: `has, inside one of ${[...LOOPS].join(', ')}, another or a search (in) of a list that is not written out`,
  remedy: 'Write the inner list out: token.groups.exists(g, g in ["a", "b"]).',
};

const LIMITS = { maxAstNodes: 5_000, maxDepth: 64 } as const;
const REFERENCE = 'See docs/how-to/write-policies.md.';

/**
 * The language of `gatehouse.policies[]`: the Common Expression Language (CEL) over `token`, `principal` and `request`,
 * type-checked and without side effects. No list is gone through for each entry of another, so that the work grows
 * with the length of a token and not with its square. Patterns of `matches` are RE2, written out in the expression,
 * and compiled with it.
 */
export class PolicyLanguage {
  private readonly patterns = new Map<string, RE2JS>();
  private readonly environment = new Environment({
    unlistedVariablesAreDyn: false,
    limits: LIMITS,
  })
    .registerVariable('token', 'map<string, dyn>')
    .registerVariable('principal', {
      schema: {
        kind: 'string',
        issuer: 'string',
        subject: 'string',
        user_id: 'string',
        email: 'string',
        team_id: 'string',
        org_id: 'string',
        end_user_id: 'string',
        agent_id: 'string',
        role: 'string',
        roles: 'list<string>',
        scopes: 'list<string>',
        key_id: 'string',
      },
    })
    .registerVariable('request', {
      schema: { route: 'string', model: 'string', method: 'string' },
    })
    .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, (text: string, pattern: string) =>
      this.matches(text, pattern),
    );
  private readonly presence = new TypedPresence(this.environment);

  /**
   * Makes an expression ready: parsed, its patterns compiled, its names and types checked.
   * @param text the expression, which must be of type bool
   */
  compile(text: string): Compilation {
    try {
      const parsed = this.environment.parse(text);
      return (
        this.prepare(parsed.ast) ??
        checkType(parsed) ??
        this.checkPresence(parsed, text) ??
        compiled(parsed, text)
      );
    } catch (error) {
      return refused(`cannot be read: ${summaryOf(error)}`, `Write a CEL expression. ${REFERENCE}`);
    }
  }

  /** Puts the linear `matches` in place and looks for what must not be there. */
  private prepare(node: ASTNode, isInLoop = false): Refused | null {
    if (isInLoop && goesThroughList(node)) return NESTED;
    if (node.op !== 'rcall') return this.prepareAll(nodesIn(node.args), isInLoop);
    const [name, receiver, given] = node.args;
    if (MATCHES.has(name)) {
      const problem = this.compilePattern(given);
      if (problem !== null) return problem;
      node.args[0] = LINEAR_MATCHES;
    }
    // The list that a loop runs over is computed once, before the loop, so a chain of loops is not a
    // nested loop.
    return this.prepare(receiver, isInLoop) ?? this.prepareAll(given, isInLoop || LOOPS.has(name));
  }

  private prepareAll(nodes: readonly ASTNode[], isInLoop: boolean): Refused | null {
    for (const node of nodes) {
      const problem = this.prepare(node, isInLoop);
      if (problem !== null) return problem;
    }
    return null;
  }

  private checkPresence({ ast }: ParseResult, text: string): Refused | null {
    const typed = this.presence.parse(ast, text);
    return typed === null ? null : checkType(typed);
  }

  private compilePattern([pattern]: readonly ASTNode[]): Refused | null {
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
      return refused(
        'has a pattern of matches() that is not a string literal',
        'Write the pattern itself, in quotes: token.email.matches("@acme[.]example$").',
      );
    }
    try {
      this.patterns.set(pattern.args, RE2JS.compile(pattern.args));
      return null;
    } catch (error) {
      const problem = `has a pattern of matches() that is not an RE2 pattern: ${summaryOf(error)}`;
      return refused(problem, 'Write it without look-around and back-references.');
    }
  }

  private matches(text: string, pattern: string): boolean {
    return this.patterns.get(pattern)?.matcher(text).find() ?? false;
  }
}

/** Also `in` is a loop, unless the list is written out, so that no token makes it long. */
function goesThroughList({ op, args }: ASTNode): boolean {
  return op === 'rcall' ? LOOPS.has(args[0]) : op === 'in' && args[1].op !== 'list';
}

function checkType(parsed: ParseResult): Refused | null {
  const { valid, type, error } = parsed.check();
  if (!valid) {
    return refused(
      `does not fit the types: ${summaryOf(error)}`,
      `Members that are absent are "", not null. ${REFERENCE}`,
    );
  }
  if (type === 'bool') return null;
  return refused(
    `is of type ${type ?? 'unknown'}, not bool`,
    'Compare the value with something, for example token.internal == true.',
  );
}

function compiled(parsed: ParseResult, text: string): Compilation {
  return {
    kind: 'compiled',
    evaluate: (input) => {
      try {
        const value: unknown = parsed(input);
        if (typeof value === 'boolean') return { kind: 'value', value };
        return { kind: 'failure', problem: 'the result is not a truth value' };
      } catch (error) {
        return { kind: 'failure', problem: problemOf(error, text) };
      }
    },
  };
}

function refused(problem: string, remedy: string): Refused {
  return { kind: 'refused', problem, remedy };
}

/** The language's own messages repeat values, so only code and place are taken, and the place is shown from the text. */
function problemOf(error: unknown, text: string): string {
  if (!isLocated(error)) return 'evaluation_failed';
  const { start, end } = error.range ?? { start: 0, end: text.length };
  return `${error.code} at ${text.slice(start, end)}`;
}

function isLocated(
  error: unknown,
): error is { code: string; range?: { start: number; end: number } } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** One line, without the excerpt of the source that follows. */
function summaryOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown problem';
  const [line = ''] = error.message.split('\n');
  return line;
}
