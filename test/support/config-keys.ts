import { configJsonSchema } from '#libs/config';

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/**
 * The keys of one section of config.yaml that are read. Those without effect are left out.
 * @param path of the section, with `[]` for the entries of a list; empty for the top level
 */
export function keysAt(path: string): string[] {
  return Object.keys(membersOf(sectionAt(path)));
}

/** The keys on the way to each value below a section that is not a section itself. */
export function leavesAt(path: string): string[][] {
  return leavesOf(sectionAt(path), []);
}

function leavesOf(node: SchemaNode, path: readonly string[]): string[][] {
  const members = Object.entries(membersOf(node));
  if (members.length === 0) return [[...path]];
  return members.flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

function sectionAt(path: string): SchemaNode {
  const steps = path === '' ? [] : path.replaceAll('[]', '.[]').split('.');
  return steps.reduce<SchemaNode>((node, step) => {
    const inner = step === '[]' ? node.items : node.properties?.[step];
    if (inner === undefined) throw new Error(`the JSON Schema has no ${path}`);
    return inner;
  }, configJsonSchema());
}

function membersOf({ properties = {} }: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return Object.fromEntries(
    Object.entries(properties).filter(
      ([, member]) => member.description?.startsWith('No effect: ') !== true,
    ),
  );
}
