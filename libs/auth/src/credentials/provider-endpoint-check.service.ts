import { Injectable } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import { SettingsStore, type AccessSettings } from '#libs/config';
import { shownAddress } from '../provider/document-address.js';
import { tokenProblemOf } from '../failures/token-error.js';
import type { TokenStatus } from './token-status.js';
import { concludeIntrospection, introspectionRequest } from './introspection-response.js';
import {
  ProviderEndpoint,
  type EndpointResponse,
  type EndpointRequest,
} from '../provider/provider-client.js';
import { userInfoInquiry } from './userinfo.resolver.js';

/** A token that no provider has issued, so that a correct endpoint refuses it. */
const MADE_UP = 'gatehouse-check-made-up-token';

/** The current response of one endpoint of an identity provider. */
export interface ProviderEndpointFinding {
  readonly kind: 'introspection' | 'UserInfo';
  /** Address without user information and query. */
  readonly address: string;
  /** The result for the token; `null` if the endpoint cannot be used. */
  readonly result: string | null;
  /** Why the endpoint cannot be used; `null` if it can. */
  readonly problem: string | null;
}

interface Question {
  readonly kind: ProviderEndpointFinding['kind'];
  readonly endpoint: string;
  request(token: string): EndpointRequest;
  conclude(response: EndpointResponse): TokenStatus;
}

/** Calls the configured introspection and UserInfo endpoints once, as a running gateway does. */
@Injectable()
export class ProviderEndpointCheck {
  constructor(
    private readonly settings: SettingsStore,
    private readonly endpoint: ProviderEndpoint,
  ) {}

  /**
   * Returns one finding per configured endpoint. An endpoint that refuses the sample token can be
   * used: the token may be one that the gateway verifies itself. An endpoint that accepts a token
   * that was never issued cannot be used.
   * @param token the sample token; `null` uses a token that no provider has issued
   */
  async run(token: string | null): Promise<readonly ProviderEndpointFinding[]> {
    const questions = questionsOf(this.settings.current.access);
    return Promise.all(questions.map((question) => this.ask(question, token)));
  }

  private async ask(question: Question, token: string | null): Promise<ProviderEndpointFinding> {
    const { kind, endpoint } = question;
    const found = { kind, address: shownAddress(endpoint) };
    try {
      const response = await this.endpoint.ask(endpoint, question.request(token ?? MADE_UP));
      return { ...found, ...assessed(question.conclude(response), token !== null) };
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      return { ...found, result: null, problem: tokenProblemOf(error).problem };
    }
  }
}

function questionsOf({ introspection, userInfo }: AccessSettings): readonly Question[] {
  const questions: Question[] = [];
  if (introspection !== null) {
    questions.push({
      kind: 'introspection',
      endpoint: introspection.endpoint,
      request: (token) => introspectionRequest(token, introspection),
      conclude: (response) => concludeIntrospection(response, introspection),
    });
  }
  if (userInfo !== null) {
    questions.push({
      kind: 'UserInfo',
      endpoint: userInfo.endpoint,
      request: (token) => userInfoInquiry(token, userInfo).request,
      conclude: (response) => userInfoInquiry(MADE_UP, userInfo).conclude(response),
    });
  }
  return questions;
}

function assessed(
  conclusion: TokenStatus,
  isSample: boolean,
): Pick<ProviderEndpointFinding, 'result' | 'problem'> {
  if (conclusion.kind === 'refused') {
    const what = isSample ? 'the sample token' : 'a made-up token, as it must';
    return { result: `refuses ${what} (${conclusion.problem})`, problem: null };
  }
  return isSample
    ? { result: 'accepts the sample token', problem: null }
    : { result: null, problem: 'it accepts a made-up token: it does not check tokens' };
}
