import { randomUUID } from 'node:crypto';
import type { BudgetedGateways } from './budgeted-gateways.js';
import { CENT_CALL } from './budgeted-gateways.js';
import type { Answer } from './client.js';

type Json = Record<string, unknown>;

/** What a request states besides the usual. */
interface Stated {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Tags, and requests that have them. */
export class TaggedCalls {
  constructor(private readonly budgeted: BudgetedGateways) {}

  /** The response to an administrator, which must be 200. */
  async post(path: string, body: object): Promise<Json> {
    const { status, json } = await this.budgeted.admin.post<Json>(path, body);
    expect({ status, error: json['error'] }).toEqual({ status: 200, error: undefined });
    return json;
  }

  /** A new virtual key. */
  async newKey(body: object = {}): Promise<string> {
    return String((await this.post('/key/generate', body))['key']);
  }

  /** The name of a new tag. */
  async newTag(values: object = {}): Promise<string> {
    const name = `tag-${randomUUID()}`;
    await this.post('/tag/new', { name, ...values });
    return name;
  }

  /** What `/tag/info` shows of a tag. */
  async shown(name: string): Promise<Json> {
    return (await this.post('/tag/info', { names: [name] }))[name] as Json;
  }

  /** A request that costs a cent, at one of the gateways. */
  call(
    index: number,
    key: string,
    { body = {}, headers = {} }: Stated = {},
  ): Promise<Answer<Json>> {
    return this.budgeted.caller(index, key).post<Json>(
      '/v1/chat/completions',
      {
        ...{ model: 'test-model', messages: [{ role: 'user', content: 'a' }] },
        ...CENT_CALL,
        ...this.budgeted.upstream.behaviour({ completionTokens: 100 }),
        ...body,
      },
      headers,
    );
  }
}
