/** Checks that every local link in a Markdown file leads to a file, and to a heading of it where it names one. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const skipped = new Set(['node_modules', 'dist', 'coverage', 'data', 'results']);

function markdownFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const hidden = entry.name.startsWith('.') && entry.name !== '.github';
      return hidden || skipped.has(entry.name) ? [] : markdownFiles(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function textOf(file) {
  return readFileSync(file, 'utf8').replace(/^( *)(`{3,}|~{3,}).*?^ *\2[`~]*$/gms, '');
}

function linksOf(text) {
  const plain = text.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, '');
  const inline = plain.matchAll(
    /\]\(\s*<?([^()\s<>]+(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+"[^"]*")?\s*\)/g,
  );
  const references = plain.matchAll(/^ {0,3}\[[^\]]+\]:\s+<?([^\s<>]+)/gm);
  return [...inline, ...references].map((match) => match[1]);
}

/** The names that GitHub gives to headings: lower case, punctuation dropped, spaces to hyphens, repetitions numbered. */
function anchorsOf(file) {
  const text = textOf(file);
  const seen = new Map();
  const headings = [...text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map((match) => {
    const slug = match[1]
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  const explicit = [...text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)].map((match) => match[1]);
  return new Set([...headings, ...explicit]);
}

function problemWith(file, link) {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(link)) return undefined;
  const [path, anchor] = link.split('#', 2).map(decodeURIComponent);
  const base = path.startsWith('/') ? root : dirname(file);
  const target = path === '' ? file : resolve(base, path.replace(/^\//, '').replace(/\?.*$/, ''));
  if (!existsSync(target)) return 'there is no such file';
  if (!anchor || statSync(target).isDirectory() || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : 'there is no such heading';
}

const files = markdownFiles(root);
let count = 0;
for (const file of files) {
  for (const link of linksOf(textOf(file))) {
    count += 1;
    const problem = problemWith(file, link);
    if (problem) {
      console.error(`${relative(root, file)}: ${link}: ${problem}`);
      process.exitCode = 1;
    }
  }
}
console.log(`${count} links in ${files.length} Markdown files checked.`);
