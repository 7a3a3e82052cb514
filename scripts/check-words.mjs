/**
 * Checks the prose of sources, tests and documentation (CONTRIBUTING.md, "How we write"): banned idioms, doc comments
 * whose `@param` and `@returns` lines only repeat what the signature says, and citations of documents that are not here.
 * A line that quotes a published text may hold an idiom when it ends in `quoted` within a comment.
 * `node scripts/check-words.mjs [path…]` checks the tracked files below the paths, all of them by default.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What is not ours to word: licences, lock files, published expectations, and pages generated from checked sources. */
const SKIPPED =
  /^(LICENSE|package-lock\.json|test\/cases\/|docs\/reference\/(openapi\.json|pipeline-cases\.md)|scripts\/check-words\.mjs)/;
const CHECKED = /\.(ts|tsx|mjs|cjs|js|md|yaml|yml|json)$/;

const IDIOMS = [
  [/\b(who|whom|what)ever\b/i, 'name the caller, user, issuer, operator or value'],
  [/\b(no|some|any)body\b/i, 'name the caller, user, issuer or operator'],
  [/\bwhom\b/i, 'start the sentence with its subject'],
  [/(?<!\bthere )\b(is|are) no\b(?! longer| more)/i, 'say "is not a …", "must be …" or "has no …"'],
  [/\bso (long|many) (?!as\b)/, 'name the duration or the number'],
  [/\b(is|are) told\b/i, 'say "receives", "reports" or "is reported"'],
  [/\bstands for nobody\b/i, 'say that the caller is anonymous'],
  [/\bin vain\b/i, 'say what failed'],
  [/\bby itself alone\b/i, 'say "alone"'],
  [/\bwhat it says\b/i, 'name the content'],
  [/\blets go of\b/i, 'say "releases"'],
  [/\bjudge(s|d|ment|ments)?\b|\bjudging\b/i, 'say "evaluate", "check" or "decide"'],
  [/\bverdicts?\b/i, 'say "result" or "decision"'],
  [/\bholdings\b/i, 'say "allowed routes" or "granted models"'],
  [/\bwhole numbers?\b/i, 'say "integer"'],
  [/\bsmall letters\b/i, 'say "lower case"'],
];

const CITATION =
  /\b(decisions?|reference|contract|design card|architecture card|complaints?|stack notes) (§ ?)?[A-Z]?\d+(\.\d+)*\b/i;
const PAGE = /(?<![\w/.-])((?:[\w-]+\/)*[\w-]+\.md)\b/g;
const THREAT = /\bthreats? ((?:[A-Z]\d\d(?:,? (?:and|to) |, )?)+)/g;

const THREATS = readFileSync(`${root}docs/explanation/threats.md`, 'utf8');
const tracked = git('ls-files', '--cached', '--others', '--exclude-standard').filter((file) =>
  existsSync(root + file),
);
const pages = tracked.filter((file) => file.endsWith('.md'));

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
}

function idiomsIn(line) {
  if (/(\/\/|\*|#|<!--) ?quoted( -->)?( *\|)?$/.test(line)) return [];
  return IDIOMS.flatMap(([pattern, advice]) => {
    const hit = pattern.exec(line);
    return hit === null ? [] : [`"${hit[0].trim()}": ${advice}`];
  });
}

function citationsIn(line, file) {
  const problems = [];
  const cited = CITATION.exec(line);
  if (cited !== null) problems.push(`"${cited[0]}" cites a document that is not in the repository`);
  if (!file.endsWith('.md'))
    for (const [, page] of line.matchAll(PAGE))
      if (!pages.some((one) => one === page || one.endsWith(`/${page}`)))
        problems.push(`"${page}" is not in the repository`);
  for (const [, ids] of line.matchAll(THREAT))
    for (const id of ids.match(/[A-Z]\d\d/g))
      if (!THREATS.includes(`| ${id} `))
        problems.push(`threat ${id} is not in docs/explanation/threats.md`);
  return problems;
}

const SAYS_MORE =
  /[`\d{"'“(;:]|\b(null|undefined|default|empty|optional|milli|seconds?|bytes?|utc|utf|iso|usd|rfc|lower|upper|sorted|unique|absent|never|only|exclusive|inclusive|without|at least|at most)/i;
const FILLERS = new Set(
  'a an the its it of or to for in as that this which one what whose and by be is are'.split(' '),
);

/** The words of a name in camel case, or of a type or sentence, in lower case and singular. */
function wordsOf(text) {
  return text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[^\p{L}]+/u)
    .map((word) => word.toLowerCase().replace(/(?<=\w{3})s$/, ''))
    .filter((word) => word !== '' && !FILLERS.has(word));
}

/** Tells whether a tag's text has no more than three words, or none that name and type do not say. */
function isEcho(text, name, type) {
  if (SAYS_MORE.test(text)) return false;
  const known = new Set([...wordsOf(name), ...wordsOf(type)]);
  return text.trim().split(/\s+/).length <= 3 || wordsOf(text).every((word) => known.has(word));
}

function echoesIn(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const problems = [];
  const report = (tag, name) =>
    problems.push([
      source.getLineAndCharacterOfPosition(tag.getStart(source)).line + 1,
      `@${tag.tagName.text} ${name}: the line says no more than name and type; leave it out, or give unit, null meaning or limits`,
    ]);
  const visit = (node) => {
    for (const tag of (node.jsDoc ?? []).flatMap((doc) => doc.tags ?? [])) {
      const said = (ts.getTextOfJSDocComment(tag.comment) ?? '').replace(/\s+/g, ' ');
      if (ts.isJSDocParameterTag(tag)) {
        const name = tag.name.getText(source);
        const parameter = node.parameters?.find((one) => one.name.getText(source) === name);
        if (isEcho(said, name, parameter?.type?.getText(source) ?? '')) report(tag, name);
      } else if (ts.isJSDocReturnTag(tag)) {
        const name = node.name?.getText(source) ?? '';
        if (isEcho(said, name, node.type?.getText(source) ?? '')) report(tag, name);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

function problemsOf(file) {
  const text = readFileSync(root + file, 'utf8');
  const lines = text.split('\n');
  const found = lines.flatMap((line, at) =>
    [...idiomsIn(line), ...citationsIn(line, file)].map((problem) => [at + 1, problem]),
  );
  return file.endsWith('.ts') ? [...found, ...echoesIn(file, text)] : found;
}

const chosen = process.argv.slice(2);
const files = tracked.filter(
  (file) =>
    CHECKED.test(file) &&
    !SKIPPED.test(file) &&
    (chosen.length === 0 ||
      chosen.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`))),
);
let count = 0;
for (const file of files)
  for (const [line, problem] of problemsOf(file)) {
    count += 1;
    console.error(`${file}:${line}: ${problem}`);
  }
console.log(
  count === 0 ? `The words of ${files.length} files are in order.` : `${count} problems.`,
);
process.exitCode = count === 0 ? 0 : 1;
