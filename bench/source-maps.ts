import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const maps = new Map<string, SourceMap | null>();
const lineStarts = new Map<string, readonly number[]>();

/**
 * Returns the source file of a position in a loaded file, also where a build has put many files into one: a path below
 * the checkout or below the folder of packages.
 * @param url address of the loaded file
 * @param line counted from 0
 * @param column counted from 0
 */
export function sourceFileOf(url: string, line: number, column: number): string {
  const entry = mapOf(url)?.findEntry(line, column);
  const original =
    entry === undefined || !('originalSource' in entry) ? url : new URL(entry.originalSource, url);
  const { protocol, href } = new URL(original);
  return fileURLToPath(protocol === 'file:' ? href : url)
    .replace(/^.*\/node_modules\//, '')
    .replace(ROOT, '')
    .replace(/^dist\//, '');
}

/** Returns the same for a position that is counted in characters from the beginning of the loaded file. */
export function sourceFileAt(url: string, offset: number): string {
  const starts = linesOf(url);
  const line = starts.findLastIndex((start) => start <= offset);
  return sourceFileOf(url, line, offset - (starts[line] ?? 0));
}

function mapOf(url: string): SourceMap | null {
  let map = maps.get(url);
  if (map === undefined) {
    const file = `${fileURLToPath(url)}.map`;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
    map = text === null ? null : new SourceMap(JSON.parse(text) as SourceMapPayload);
    maps.set(url, map);
  }
  return map;
}

function linesOf(url: string): readonly number[] {
  let starts = lineStarts.get(url);
  if (starts === undefined) {
    const text = readFileSync(fileURLToPath(url), 'utf8');
    starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    lineStarts.set(url, starts);
  }
  return starts;
}
