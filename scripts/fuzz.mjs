/**
 * `npm run fuzz -- [--seconds N] [--seed S] [TARGET…]` feeds every fuzz target, or those whose file name contains a
 * given text, with random input for N seconds each (default 60). A run that breaks something prints the seed that
 * repeats it and keeps the input below test/corpus, where every later test run tries it again.
 */
import './pinned-node.mjs';

import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const DEFAULT_SECONDS = 60;

const usage = (problem) => {
  console.error(`fuzz: ${problem}\nUsage: npm run fuzz -- [--seconds N] [--seed S] [TARGET…]`);
  process.exit(64);
};

const parse = () => {
  try {
    return parseArgs({
      options: { seconds: { type: 'string' }, seed: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    return usage(error.message);
  }
};

const { values, positionals } = parse();
const seconds = Number(values.seconds ?? DEFAULT_SECONDS);
if (!Number.isFinite(seconds) || seconds <= 0) usage('--seconds must be a number above 0');
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isSafeInteger(seed)) usage('--seed must be an integer');
console.log(`fuzzing for ${seconds} s per target, seed ${seed}`);

const { status } = spawnSync(
  process.execPath,
  ['node_modules/jest/bin/jest.js', '--selectProjects', 'fuzz', '--verbose', ...positionals],
  {
    stdio: 'inherit',
    env: { ...process.env, FUZZ_SECONDS: String(seconds), FUZZ_SEED: String(seed) },
  },
);
process.exit(status ?? 1);
