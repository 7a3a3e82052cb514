import { costOf, formatUsd, parseDecimal } from '#libs/common';
import { curlOf, type Call } from './curl.js';
import { DEMO_PRICES } from './demo-settings.js';
import type { UpstreamRecord } from './demo-upstream.js';
import { mintToken } from './identity-provider.js';
import { PREPARATION, storyOf, type Answer, type Step } from './story.js';
import type { Surroundings } from './surroundings.js';
import type { StepReport, Teller } from './teller.js';

/**
 * Walks through the whole story with real HTTP calls.
 * @returns whether every step held
 */
export async function tellStory(around: Surroundings, teller: Teller): Promise<boolean> {
  for (const call of PREPARATION) {
    const { status, text } = await perform(call, around);
    if (status !== 200)
      throw new Error(`preparing ${call.path} failed with ${String(status)}: ${text}`);
  }
  const ofAlice: UpstreamRecord[] = [];
  let allHeld = true;
  for (const [index, step] of storyOf(() => costOfRecords(ofAlice)).entries()) {
    const before = around.upstream.records.length;
    const report = await take(step, index + 1, around);
    if (step.call.as?.name === 'alice') ofAlice.push(...around.upstream.records.slice(before));
    teller.report(report);
    allHeld &&= report.ok;
  }
  return allHeld;
}

async function take(step: Step, number: number, around: Surroundings): Promise<StepReport> {
  const curl = curlOf(step.call, around.gatewayUrl, around.identityProvider.tokenUrl);
  const base = { step: number, title: step.title, curl };
  let status: number | null = null;
  try {
    const answer = await perform(step.call, around);
    status = answer.status;
    if (status !== step.expectStatus) {
      const detail = `expected ${String(step.expectStatus)}: ${answer.text.slice(0, 300)}`;
      return { ...base, ok: false, status, detail };
    }
    return { ...base, ok: true, status, detail: step.look(answer) };
  } catch (error) {
    return {
      ...base,
      ok: false,
      status,
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

async function perform(call: Call, around: Surroundings): Promise<Answer> {
  const headers = new Headers();
  if (call.as !== null) {
    headers.set(
      'authorization',
      `Bearer ${await mintToken(around.identityProvider.tokenUrl, call.as)}`,
    );
  }
  if (call.body !== undefined) headers.set('content-type', 'application/json');
  const response = await fetch(`${around.gatewayUrl}${call.path}`, {
    method: call.method,
    headers,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function costOfRecords(records: readonly UpstreamRecord[]): string {
  const input = parseDecimal(DEMO_PRICES.input);
  const output = parseDecimal(DEMO_PRICES.output);
  if (input === null || output === null) throw new Error('the demo has unreadable prices');
  const perCall = records.map((record) =>
    costOf([
      { units: BigInt(record.promptTokens), price: input },
      { units: BigInt(record.completionTokens), price: output },
    ]),
  );
  return formatUsd(perCall.reduce((sum, cost) => sum + cost, 0n));
}
