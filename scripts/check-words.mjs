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
  [/\bso (long|many) (?!as\b)/i, 'name the duration or the number'],
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
  /\b(decisions?|reference|contract|design card|architecture card|complaints?|stack notes) (§ ?|sections? )?[A-Z]?\d+(\.\d+)*\b|\breview-\d{4}[\w-]*/i;
const RECORD = /\bADRs? (\d{4})\b/g;
/** A path in code quotes, from the root of the repository; not a pattern, and not what a build or a test makes. */
const PATH = /`((?:apps|config|deploy|docs|examples|libs|scripts|test)\/[\w./@-]+)`/g;
/** Files that the walks of CONTRIBUTING.md and the first test let their reader make. */
const TO_BE_MADE = /moderations|budgets|blocked-team|team_note|add-team-note/;
const PAGE = /(?<![\w/.-])((?:[\w-]+\/)*[\w-]+\.md)\b/g;
const THREAT = /\bthreats? ((?:[A-Z]\d\d(?:,? (?:and|to) |, )?)+)/g;

const THREATS = readFileSync(`${root}docs/explanation/threats.md`, 'utf8');
const tracked = git('ls-files', '--cached', '--others', '--exclude-standard').filter((file) =>
  existsSync(root + file),
);
const places = new Set(tracked.flatMap((file) => foldersOf(file).concat(file)));
const records = new Set(tracked.map((file) => /^docs\/adr\/(\d{4})-/.exec(file)?.[1]));
const pages = tracked.filter((file) => file.endsWith('.md'));

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
}

function foldersOf(file) {
  return file.split('/').map((_name, at, names) => names.slice(0, at).join('/'));
}

/**
 * The passages of a file: consecutive lines of one comment, or of one paragraph in Markdown, are joined, so that an
 * expression over two lines is found; every other line stands alone.
 */
function passagesOf(lines, file) {
  const passages = [];
  let isOpen = false;
  for (const [at, line] of lines.entries()) {
    const content = file.endsWith('.md')
      ? /^(?!\s*(?:[|#>`-]|\d+\.)) *(\S.*)$/.exec(line)?.[1]
      : /^\s*(?:\/?\*+|\/\/|#) +(\S.*)$/.exec(line)?.[1];
    const isQuoted = /(\/\/|\*|#|<!--) ?quoted( -->)?( *\|)?$/.test(line);
    if (content !== undefined && !isQuoted && isOpen) passages.at(-1).push([at, ` ${content}`]);
    else passages.push([[at, line]]);
    isOpen =
      !isQuoted && (content !== undefined || (file.endsWith('.md') && /^\s*(-|\d+\.) /.test(line)));
    if (isQuoted) passages.at(-1).isQuoted = true;
  }
  return passages;
}

/** Every hit in a passage, with the line on which it begins. */
function hitsIn(passage, pattern) {
  const text = passage.map(([, part]) => part).join('');
  const all = new RegExp(pattern, `${pattern.flags.replace('g', '')}g`);
  return [...text.matchAll(all)].map((hit) => {
    let rest = hit.index;
    const [at] = passage.find(([, part]) => (rest -= part.length) < 0) ?? passage[0];
    return [at + 1, hit];
  });
}

function idiomsIn(passage) {
  if (passage.isQuoted) return [];
  return IDIOMS.flatMap(([pattern, advice]) =>
    hitsIn(passage, pattern).map(([line, [text]]) => [line, `"${text.trim()}": ${advice}`]),
  );
}

function citationsIn(passage, file) {
  const missing = (pattern, isHere, wording) =>
    hitsIn(passage, pattern).flatMap(([line, [whole, cited]]) =>
      isHere(cited) ? [] : [[line, `"${whole}" ${wording}`]],
    );
  const isPage = (page) => pages.some((one) => one === page || one.endsWith(`/${page}`));
  const isPlace = (path) => places.has(path.replace(/\/$/, '')) || TO_BE_MADE.test(path);
  return [
    ...missing(CITATION, () => false, 'cites a document that is not in the repository'),
    ...missing(RECORD, (id) => records.has(id), 'is not a record of docs/adr'),
    ...(file === 'CHANGELOG.md' ? [] : missing(PATH, isPlace, 'is not in the repository')),
    ...(file.endsWith('.md') ? [] : missing(PAGE, isPage, 'is not in the repository')),
    ...hitsIn(passage, THREAT).flatMap(([line, [, ids]]) =>
      ids
        .match(/[A-Z]\d\d/g)
        .filter((id) => !THREATS.includes(`| ${id} `))
        .map((id) => [line, `threat ${id} is not in docs/explanation/threats.md`]),
    ),
  ];
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
  const found = passagesOf(lines, file).flatMap((passage) => [
    ...idiomsIn(passage),
    ...citationsIn(passage, file),
  ]);
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
