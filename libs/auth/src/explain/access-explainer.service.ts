import { Injectable } from '@nestjs/common';
import { isGatehouseError, newDecisionId, newRequestId } from '#libs/common';
import { SettingsStore } from '#libs/config';
import { AccessPipeline } from '../pipeline/access-pipeline.js';
import { JudgedCall } from '../pipeline/judged-call.js';
import { decisionRecord, keptDecision, type DecisionRecord } from './decision-record.js';

/** A call that somebody asks about. */
export interface ExplainedCall {
  readonly token: string;
  readonly method: string;
  readonly route: string;
  /** Members of its body. */
  readonly body: { readonly model?: string | undefined; readonly user?: string | undefined };
  readonly headers: Readonly<Record<string, string>>;
}

const OK = { status: 200, reason: null };

/**
 * Answers what would happen to a call, by running the very pipeline that the guards run. Nothing is written: planned
 * rows are not made, the decision is not kept, no upstream is called.
 */
@Injectable()
export class AccessExplainer {
  /**
   * @param pipeline the steps
   * @param settings model names for the answer
   */
  constructor(
    private readonly pipeline: AccessPipeline,
    private readonly settings: SettingsStore,
  ) {}

  /**
   * Judges a call. A refusal, also a dependency that is down, is an answer and no error.
   * @param explained the call
   */
  async explain(explained: ExplainedCall): Promise<DecisionRecord> {
    const call = new JudgedCall({
      requestId: newRequestId(),
      clientRequestId: null,
      decisionId: newDecisionId(),
      method: explained.method,
      target: explained.route,
      headers: lowerCaseNames(explained.headers),
      remoteAddress: undefined,
      source: { kind: 'token', token: explained.token },
    });
    const members = new Map(Object.entries(explained.body));
    call.body = { value: (name) => members.get(name) };
    try {
      await this.pipeline.run(call);
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
    }
    return decisionRecord(keptDecision(call, OK), this.settings.current.deployments);
  }
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
