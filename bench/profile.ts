import type { CpuProfile, ProfileNode } from '#bench/profiler';
import { sourceFileOf } from '#bench/source-maps';

interface Share {
  readonly name: string;
  readonly micros: number;
  readonly files: number;
}

/** Functions that are listed one by one. */
const LISTED_FUNCTIONS = 25;
const IDLE = '(idle)';

/**
 * Returns a CPU profile as two Markdown tables: time of their own of each library, and of the most expensive functions.
 * @param calls how many calls were served meanwhile
 */
export function profileTables(profile: CpuProfile, calls: number): string {
  const micros = selfTimes(profile);
  const places = new Map(profile.nodes.map((node) => [node, placeOf(node)]));
  const placeFor = (node: ProfileNode) => places.get(node)?.library ?? '';
  const busy = profile.nodes.filter((node) => placeFor(node) !== IDLE);
  const fileFor = (node: ProfileNode) => places.get(node)?.file ?? '';
  const libraries = shares(busy, { micros, nameFor: placeFor, fileFor });
  const functions = shares(busy, {
    micros,
    nameFor: (node) => `\`${node.callFrame.functionName || '(anonymous)'}\` ${fileFor(node)}`,
    fileFor,
  });
  const total = libraries.reduce((sum, share) => sum + share.micros, 0);
  const row = ({ name, micros: own }: Share) =>
    `| ${name} | ${((own / total) * 100).toFixed(1)} % | ${(own / calls).toFixed(1)} |`;
  return [
    `${String(calls)} calls, ${(total / calls).toFixed(1)} µs of the main thread per call.`,
    '',
    '| library | share | µs per call | files |',
    '| --- | --: | --: | --: |',
    ...libraries.map((share) => `${row(share)} ${String(share.files)} |`),
    '',
    '| function | share | µs per call |',
    '| --- | --: | --: |',
    ...functions.slice(0, LISTED_FUNCTIONS).map(row),
    '',
  ].join('\n');
}

function selfTimes(profile: CpuProfile): ReadonlyMap<number, number> {
  const micros = new Map<number, number>();
  for (const [index, id] of profile.samples.entries())
    micros.set(id, (micros.get(id) ?? 0) + Math.max(0, profile.timeDeltas[index] ?? 0));
  return micros;
}

interface Grouping {
  readonly micros: ReadonlyMap<number, number>;
  readonly nameFor: (node: ProfileNode) => string;
  readonly fileFor: (node: ProfileNode) => string;
}

function shares(nodes: readonly ProfileNode[], grouping: Grouping): Share[] {
  const groups = Map.groupBy(nodes, grouping.nameFor);
  return [...groups]
    .map(([name, members]) => ({
      name,
      micros: members.reduce((sum, node) => sum + (grouping.micros.get(node.id) ?? 0), 0),
      files: new Set(members.map(grouping.fileFor)).size,
    }))
    .filter((share) => share.micros > 0)
    .sort((a, b) => b.micros - a.micros);
}

interface Place {
  readonly library: string;
  readonly file: string;
}

function placeOf(node: ProfileNode): Place {
  const { url, functionName, lineNumber, columnNumber } = node.callFrame;
  if (url === '') {
    const isState = functionName.startsWith('(') && functionName !== '(anonymous)';
    return { library: isState ? functionName : '(native code)', file: '' };
  }
  if (!url.startsWith('file:'))
    return { library: url.startsWith('node:') ? 'Node.js' : url, file: url };
  const file = sourceFileOf(url, lineNumber, columnNumber);
  const isOwn = /^(libs|apps)\//.test(file);
  const parts = file.split('/');
  const names = isOwn || file.startsWith('@') ? 2 : 1;
  return { library: parts.slice(0, names).join('/'), file };
}
