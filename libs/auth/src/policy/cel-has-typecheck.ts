import type { ASTNode, Environment, ParseResult } from '@marcbachmann/cel-js';
import { nodesIn } from './expression-nodes.js';

const PRESENCE = 'has';
const TYPED_PRESENCE = 'hasTyped';

/**
 * Checks the types inside `has()`. The language itself looks no further than the variable there, so that
 * `has(principal.nmae)` would start, be false for ever, and make a policy that never applies.
 */
export class TypedPresence {
  private readonly environment: Environment;

  /** @param environment the language, complete: nothing can be registered in it afterwards */
  constructor(environment: Environment) {
    this.environment = environment
      .clone()
      .registerFunction(`${TYPED_PRESENCE}(dyn): bool`, () => true);
  }

  /**
   * The expression with every `has()` as an ordinary function, whose argument is checked like any other; `null` where
   * there is none. For its types alone, never to be evaluated.
   */
  parse(ast: ASTNode, text: string): ParseResult | null {
    const starts = startsOfPresence(ast);
    if (starts.length === 0) return null;
    const spelledOut = starts
      .toSorted((one, other) => other - one)
      .reduce(
        (rest, start) =>
          `${rest.slice(0, start)}${TYPED_PRESENCE}${rest.slice(start + PRESENCE.length)}`,
        text,
      );
    return this.environment.parse(spelledOut);
  }
}

function startsOfPresence(node: ASTNode): readonly number[] {
  const inner = nodesIn(node.args).flatMap(startsOfPresence);
  return node.op === 'call' && node.args[0] === PRESENCE ? [node.start, ...inner] : inner;
}
