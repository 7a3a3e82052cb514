import { Injectable } from '@nestjs/common';
import { AccessExplainer, type DecisionRecord } from '#libs/auth';
import { Clock } from '#libs/common';
import type { ExpectationFile } from './expectation-file.js';
import { mismatchesOf, type Mismatch } from './outcome.js';
import { callOf } from './stated-call.js';

/** One case and how it came out. */
export interface EvaluatedExpectation {
  readonly name: string;
  readonly record: DecisionRecord;
  /** Empty when it held. */
  readonly mismatches: readonly Mismatch[];
}

/** Evaluates the cases of a file of expectations with the pipeline that it is put together with. */
@Injectable()
export class ExpectationRunner {
  constructor(
    private readonly explainer: AccessExplainer,
    private readonly clock: Clock,
  ) {}

  /** Evaluates every case, in the order of the file. Nothing is written, so no case changes what another one finds. */
  async run(file: ExpectationFile): Promise<readonly EvaluatedExpectation[]> {
    const nowSeconds = Math.floor(this.clock.nowMs() / 1_000);
    const evaluated: EvaluatedExpectation[] = [];
    for (const one of file.cases) {
      const record = await this.explainer.explain(callOf(one, file.defaults ?? {}, nowSeconds));
      evaluated.push({ name: one.name, record, mismatches: mismatchesOf(one.expect, record) });
    }
    return evaluated;
  }
}
