import { Injectable } from '@nestjs/common';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { DeploymentAdmission } from '#libs/spend';
import { realtime } from '../endpoints/realtime.operation.js';
import { textExtras } from '../endpoints/request-extras.js';
import { transcriptions } from '../endpoints/transcriptions.endpoint.js';
import { getGroup } from '../routing/model-groups.js';
import { AttemptAccounting } from '../relay/attempt-accounting.js';
import { CallPlanningService } from '../relay/call-planning.service.js';
import type { EnteredCall } from '../relay/relay-call.js';
import { ResponseCover, type BookedAs, type HeldCost } from './response-cover.js';

/** A transcription is booked when the upstream reports it, so that nothing is held for it before. */
const transcription = {
  ...realtime,
  billing: transcriptions.billing,
  extrasOf: textExtras,
};

/** Holds the cost of the responses of sessions. */
@Injectable()
export class ResponseCoversService {
  /** @param deployments the limits of deployments and the budgets of their providers */
  constructor(
    private readonly planning: CallPlanningService,
    private readonly deployments: DeploymentAdmission,
    private readonly accounting: AttemptAccounting,
  ) {}

  /** Returns the cover of the first response: what is held for the connection itself. */
  first(call: EnteredCall): ResponseCover {
    return new ResponseCover(call, heldBy(call, 'connection'), this.accounting);
  }

  /** Returns the cover of a response that has begun although its cost could not be held. */
  uncovered(call: EnteredCall): ResponseCover {
    return new ResponseCover(call, heldBy(call, 'other'), this.accounting);
  }

  /**
   * Holds the cost of a further response.
   * @param maxOutputTokens bound of its output; `null` for that of the model
   * @throws GatehouseError `budget_exceeded`, `rate_limited`
   */
  async next(call: EnteredCall, maxOutputTokens: number | null): Promise<ResponseCover> {
    const held = await this.hold({ ...call, request: { ...call.request, maxOutputTokens } }, call);
    return new ResponseCover(call, held, this.accounting);
  }

  /**
   * Returns the cover of a transcription that is done, and the refusal where a limit would not have admitted it.
   * @param model name of the transcribing model
   */
  async transcription(
    call: EnteredCall,
    model: string,
  ): Promise<{ readonly cover: ResponseCover; readonly refusal: GatehouseError | null }> {
    const bookedAs: BookedAs = {
      endpoint: transcription,
      deployment: transcribing(call, model),
    };
    const request = { ...call.request, maxOutputTokens: 0 };
    try {
      const held = await this.hold({ ...call, endpoint: transcription, request }, call);
      return { cover: new ResponseCover(call, held, this.accounting, bookedAs), refusal: null };
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      const held = heldBy(call, 'other');
      return { cover: new ResponseCover(call, held, this.accounting, bookedAs), refusal: error };
    }
  }

  private async hold(part: EnteredCall, { deployment, cost }: EnteredCall): Promise<HeldCost> {
    const group = { ...part.group, deployments: [deployment] };
    const reserved = await this.planning.admitPart({ ...part, group }, cost);
    try {
      const pass = await this.deployments.enter(deployment, reserved);
      if (isGatehouseError(pass)) throw pass;
      if (pass !== null) return { cost: reserved, pass, owner: 'response' };
      throw new GatehouseError('rate_limited', { retryAfterSeconds: 1, isByLimit: true });
    } catch (error) {
      reserved.release();
      throw error;
    }
  }
}

function heldBy({ cost, pass }: EnteredCall, owner: HeldCost['owner']): HeldCost {
  return { cost, pass, owner };
}

/** The deployment of a session, with the prices of the model that transcribes for it. */
function transcribing({ deployment, settings }: EnteredCall, model: string): DeploymentSettings {
  const own = deploymentNamed(model, settings)?.find(
    ({ provider }) => provider === deployment.provider,
  );
  return {
    ...deployment,
    upstreamModel: own?.upstreamModel ?? model,
    prices: own?.prices ?? null,
    baseModel: own?.baseModel ?? null,
    maxInputTokens: null,
    maxOutputTokens: null,
  };
}

function deploymentNamed(
  model: string,
  settings: EnteredCall['settings'],
): readonly DeploymentSettings[] | null {
  try {
    return getGroup(model, settings).deployments;
  } catch (error) {
    if (isGatehouseError(error, 'model_unknown')) return null;
    throw error;
  }
}
