import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { ConfigPath } from '../diagnostics/config-diagnostics.js';
import { EMPTY_MAP, type ConfigNode, type MapNode } from './config-node.js';
import { SYNTAX_PROBLEMS } from './syntax-problems.js';

const MAX_DEPTH = 40;
const MAX_NODES = 200_000;
const MERGE_KEY = '<<';

/** Ends the reading once a limit is passed; the problem has been recorded by then. */
class LimitReachedError extends Error {
  override readonly name = 'LimitReachedError';
}

/**
 * Reads YAML 1.2 (with anchors and merge keys) into nodes, so that every later evaluation knows its
 * path. Anchors are expanded within a fixed number of nodes, so that a few lines cannot become
 * gigabytes. A key that stands twice is a problem: which of two master keys counts must not be a
 * question of order. Problems never quote the file.
 * @param text content of the file
 * @param root where problems with the file as a whole are left
 * @returns the top-level mapping; what could be read of it when there are problems
 */
export function readYaml(text: string, root: ConfigPath): MapNode {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      logLevel: 'error',
      prettyErrors: false,
      strict: true,
      uniqueKeys: false,
      version: '1.2',
    });
    for (const error of document.errors) refuseSyntax(error, root, lines);
    if (document.errors.length > 0) return EMPTY_MAP;
    return new TreeReader(document, lines, root).read();
  } catch (error) {
    // The parser and the walk recurse; input that exhausts the stack is input nested out of all reason.
    if (error instanceof RangeError)
      root.refuse('is nested too deeply', `Use at most ${String(MAX_DEPTH)} levels.`);
    else if (!(error instanceof LimitReachedError)) throw error;
    return EMPTY_MAP;
  }
}

function refuseSyntax(error: YAMLError, root: ConfigPath, lines: LineCounter): void {
  const { line, col } = lines.linePos(error.pos[0]);
  const [message, remedy] = SYNTAX_PROBLEMS[error.code] ?? [
    'is not valid YAML',
    'Compare with config/gatehouse.example.yaml.',
  ];
  root.refuse(`${message} (line ${String(line)}, column ${String(col)})`, remedy);
}

/** Turns the parser's tree into ours. One use. */
class TreeReader {
  private nodes = 0;
  private readonly targets: ReadonlyMap<Alias, Node>;
  private readonly repeated: ReadonlySet<unknown>;

  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    private readonly root: ConfigPath,
  ) {
    this.targets = aliasTargets(document);
    this.repeated = new Set(this.targets.values());
  }

  read(): MapNode {
    const { contents } = this.document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return EMPTY_MAP;
    if (!isMap(contents)) {
      this.root.refuse('must be a mapping', 'Begin with sections such as "general_settings:".');
      return EMPTY_MAP;
    }
    return this.map(contents, new ConfigPath('', this.root.findings), 0);
  }

  private map(node: YAMLMap, place: ConfigPath, depth: number): MapNode {
    const own = new Map<string, ConfigNode>();
    const merged = new Map<string, ConfigNode>();
    for (const pair of node.items) {
      const key = this.keyOf(pair, place);
      if (key === null) continue;
      if (key === MERGE_KEY) this.merge(pair.value, place, depth, merged);
      else if (own.has(key))
        place
          .at(key)
          .refuse(`is given twice (again on line ${this.lineOf(pair)})`, 'Keep one of the two.');
      else own.set(key, this.member(pair.value, place.at(key), depth + 1));
    }
    for (const [key, value] of merged) if (!own.has(key)) own.set(key, value);
    return { kind: 'map', entries: own };
  }

  private member(value: unknown, place: ConfigPath, depth: number): ConfigNode {
    const node = this.node(value, place, depth);
    return this.repeated.has(value) ? { ...node, isShared: true } : node;
  }

  private node(value: unknown, place: ConfigPath, depth: number): ConfigNode {
    this.count(place, depth);
    if (isAlias(value)) return this.node(this.resolve(value, place), place, depth + 1);
    if (isMap(value)) return this.map(value, place, depth);
    if (isSeq(value)) {
      const items = value.items.map((item, index) =>
        this.member(item, place.item(index), depth + 1),
      );
      return { kind: 'list', items };
    }
    return isScalar(value) ? scalar(value) : { kind: 'scalar', value: null, text: '' };
  }

  private merge(
    value: unknown,
    place: ConfigPath,
    depth: number,
    into: Map<string, ConfigNode>,
  ): void {
    const source = isAlias(value) ? this.resolve(value, place) : value;
    const parts: unknown[] = isSeq(source) ? source.items : [source];
    for (const part of parts) {
      const resolved = isAlias(part) ? this.resolve(part, place) : part;
      this.count(place, depth);
      if (!isMap(resolved)) {
        place.refuse(
          'merges ("<<") a value that is not a mapping',
          'Merge an anchor of a mapping.',
        );
        continue;
      }
      const { entries } = this.map(resolved, place, depth + 1);
      for (const [key, member] of entries) if (!into.has(key)) into.set(key, member);
    }
  }

  private resolve(alias: Alias, place: ConfigPath): unknown {
    const target = this.targets.get(alias);
    if (target === undefined)
      place.refuse('refers to an anchor ("*…") that is not set', 'Set it above with "&name".');
    return target;
  }

  private keyOf(pair: Pair, place: ConfigPath): string | null {
    if (!isScalar(pair.key)) {
      place.refuse('has a key that is not a plain string', 'Write keys as plain names.');
      return null;
    }
    return pair.key.source ?? String(pair.key.value);
  }

  private lineOf(pair: Pair): string {
    const start = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    return start === undefined ? '?' : String(this.lines.linePos(start).line);
  }

  private count(place: ConfigPath, depth: number): void {
    this.nodes += 1;
    if (depth > MAX_DEPTH)
      place.refuse('is nested too deeply', `Use at most ${String(MAX_DEPTH)} levels.`);
    else if (this.nodes > MAX_NODES)
      this.root.refuse('holds too many values once its anchors are expanded', 'Use fewer anchors.');
    else return;
    throw new LimitReachedError('too deep or too large');
  }
}

/** The target of each alias: the nearest anchor of its name above it. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias(_key, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function scalar(node: Scalar): ConfigNode {
  const { value } = node;
  if (typeof value === 'string')
    return { kind: 'scalar', value, text: value, isQuoted: node.type !== Scalar.PLAIN };
  if (value === null || typeof value === 'boolean')
    return { kind: 'scalar', value, text: String(value ?? '') };
  const text = node.source ?? '';
  return { kind: 'scalar', value: typeof value === 'number' ? value : text, text };
}
