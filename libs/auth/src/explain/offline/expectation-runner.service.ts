import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/common';
import { AccessExplainer } from '../access-explainer.service.js';
import type { DecisionRecord } from '../decision-record.js';
import type { ExpectationFile } from './expectation-file.js';
import { mismatchesOf, type Mismatch } from './outcome.js';
import { callOf } from './stated-call.js';

/** One case and how it came out. */
export interface JudgedExpectation {
  readonly name: string;
  readonly record: DecisionRecord;
  /** Empty when it held. */
  readonly mismatches: readonly Mismatch[];
}

/** Judges the cases of a file of expectations with the pipeline that it is put together with. */
@Injectable()
export class ExpectationRunner {
  /**
   * @param explainer judges each call
   * @param clock makes tokens fresh
   */
  constructor(
    private readonly explainer: AccessExplainer,
    private readonly clock: Clock,
  ) {}

  /**
   * Judges every case, in the order of the file. Nothing is written, so no case changes what another one finds.
   * @param file the cases
   */
  async run(file: ExpectationFile): Promise<readonly JudgedExpectation[]> {
    const nowSeconds = Math.floor(this.clock.nowMs() / 1_000);
    const judged: JudgedExpectation[] = [];
    for (const one of file.cases) {
      const record = await this.explainer.explain(callOf(one, file.defaults ?? {}, nowSeconds));
      judged.push({ name: one.name, record, mismatches: mismatchesOf(one.expect, record) });
    }
    return judged;
  }
}
