import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** Made by the first crash. */
const CORPUS = join(import.meta.dirname, '../corpus');
const DEFAULT_SECONDS = 1;
/** More than any machine gets through in the time that a run is given. */
const MANY_RUNS = 1_000_000_000;
const PER_CORE_FACTOR = 1_000;

/** What is fed with inputs, and what must hold of every one. */
export interface FuzzTarget {
  /** Folder of its crashes below {@link CORPUS}. */
  readonly name: string;
  /** Makes inputs; texts, so that a crash can be kept as a file. */
  readonly inputs: fc.Arbitrary<string>;
  /** Throws when the guarantee is broken. */
  readonly holds: (input: string) => void | Promise<void>;
}

/**
 * Declares a fuzz target as tests: every input that once broke it is tried again, then fresh ones for
 * `FUZZ_SECONDS` (default 1). The seed is `FUZZ_SEED` or random and is printed; what breaks the target is made as small as
 * it gets, kept below {@link CORPUS}, and reported with the seed that repeats the run.
 */
export function describeFuzzTarget(target: FuzzTarget): void {
  const seconds = Number(process.env['FUZZ_SECONDS'] ?? DEFAULT_SECONDS);
  const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const folder = join(CORPUS, target.name);
  const kept = existsSync(folder) ? readdirSync(folder) : [];

  describe(`fuzzing ${target.name} (FUZZ_SEED=${String(seed)})`, () => {
    for (const file of kept) {
      it(`holds for the kept input ${file}`, async () => {
        await target.holds(readFileSync(join(folder, file), 'utf8'));
      });
    }

    it(
      'holds for fresh inputs',
      async () => {
        const details = await fc.check(
          fc.asyncProperty(target.inputs, async (input) => {
            await target.holds(input);
          }),
          { seed, numRuns: MANY_RUNS, interruptAfterTimeLimit: seconds * PER_CORE_FACTOR },
        );
        if (details.counterexample !== null) keep(folder, details.counterexample[0]);
        if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? 'no report');
        expect(details.numRuns).toBeGreaterThan(0);
      },
      seconds * PER_CORE_FACTOR + 60_000,
    );
  });
}

/** The name is a digest, so that the same crash is kept once. */
function keep(folder: string, input: string): void {
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16);
  writeFileSync(join(folder, name), input);
}

/** Texts of all kinds: plain, any Unicode, lone surrogates, control characters, long ones. */
export function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.string({ maxLength: 2_000 }),
  );
}

/**
 * Damages a text as attackers and bad lines do: deletes, doubles, inserts and replaces pieces of it.
 * @param seed the text that is damaged, usually a good one
 * @param pieces what may be put in besides single characters
 */
export function damaged(seed: string, pieces: readonly string[] = []): fc.Arbitrary<string> {
  const piece =
    pieces.length === 0 ? fc.string() : fc.oneof(fc.constantFrom(...pieces), fc.string());
  const damage = fc.tuple(fc.nat(seed.length), fc.nat(16), piece, fc.nat(3));
  return fc.array(damage, { minLength: 1, maxLength: 8 }).map((damages) =>
    damages.reduce((text, [at, length, put, kind]) => {
      const before = text.slice(0, at);
      const cut = text.slice(at, at + length);
      const after = text.slice(at + length);
      if (kind === 0) return before + after;
      if (kind === 1) return before + cut + cut + after;
      if (kind === 2) return before + put + cut + after;
      return before + put + after;
    }, seed),
  );
}
