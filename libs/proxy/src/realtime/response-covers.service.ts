import { Injectable } from '@nestjs/common';
import { GatehouseError, isGatehouseError } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { DeploymentAdmission } from '#libs/spend';
import type { Operation } from '../endpoints/request/endpoint.js';
import { realtime } from '../endpoints/openai/realtime.operation.js';
import { transcriptions } from '../endpoints/openai/transcriptions.endpoint.js';
import { getGroup } from '../routing/model-groups.js';
import { AttemptAccounting } from '../settlement/attempt-accounting.js';
import { CallPlanningService } from '../planning/call-planning.service.js';
import type { EnteredCall } from '../planning/relay-call.js';
import { ResponseCover, type HeldCost } from './response-cover.js';

/** Of one turn of speech, whose length is not known before. */
const transcription: Operation = { ...realtime, billing: transcriptions.billing };

/** What the price list alone tells. */
const NOT_LISTED = { prices: null, baseModel: null, maxInputTokens: null, maxOutputTokens: null };

/** A transcription that has begun. */
interface BegunTranscription {
  readonly cover: ResponseCover;
  readonly refusal: GatehouseError | null;
}

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
    const held = await this.hold({ ...call, request: { ...call.request, maxOutputTokens } });
    return new ResponseCover(call, held, this.accounting);
  }

  /**
   * Holds the cost of a transcription.
   * @param model name of the transcribing model
   * @throws GatehouseError as {@link next}
   */
  async transcription(call: EnteredCall, model: string): Promise<ResponseCover> {
    const bookedAs = transcribedAs(call, model);
    const held = await this.hold({ ...call, ...bookedAs });
    return new ResponseCover(call, held, this.accounting, bookedAs);
  }

  /** Returns the cover of a transcription that has begun, and the refusal where a limit would not have admitted it. */
  async begunTranscription(call: EnteredCall, model: string): Promise<BegunTranscription> {
    try {
      return { cover: await this.transcription(call, model), refusal: null };
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      const held = heldBy(call, 'other');
      const bookedAs = transcribedAs(call, model);
      return { cover: new ResponseCover(call, held, this.accounting, bookedAs), refusal: error };
    }
  }

  private async hold(part: EnteredCall): Promise<HeldCost> {
    const { deployment, cost } = part;
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

/** The deployment of a session, with the prices and the bounds of the model that transcribes for it. */
function transcribedAs({ deployment, settings }: EnteredCall, model: string) {
  const { upstreamModel, prices, baseModel, maxInputTokens, maxOutputTokens } = deploymentNamed(
    model,
    settings,
  )?.find(({ provider }) => provider === deployment.provider) ?? {
    ...NOT_LISTED,
    upstreamModel: model,
  };
  const bounds = { maxInputTokens, maxOutputTokens };
  const transcribing = { ...deployment, upstreamModel, prices, baseModel, ...bounds };
  return { endpoint: transcription, deployment: transcribing };
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
