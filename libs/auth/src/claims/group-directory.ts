import { Injectable } from '@nestjs/common';
import { Clock, isIdentityText } from '#libs/common';
import type { GroupOverageSettings } from '#libs/config';
import {
  ProviderEndpoint,
  type EndpointResponse,
  type EndpointRequest,
} from '../provider/provider-client.js';
import { providerProblem } from '../failures/provider-error.js';

/** The user or application whose groups are requested. */
export interface GroupQuery {
  readonly endpoint: string;
  /** The caller's own token, for directories that are called on the caller's behalf. */
  readonly token: string | null;
}

/** The groups that a directory lists, or the status of its response if that is not a list. */
export type DirectoryResponse =
  | { readonly isListed: true; readonly groups: readonly string[] }
  | { readonly isListed: false; readonly status: number };

interface Page {
  readonly groups: readonly string[];
  readonly next: string | null;
}

/** An access token of the gateway for the directory. */
interface Ticket {
  readonly token: string;
  readonly untilMs: number;
}

interface Named {
  /** Every setting that the token request depends on. */
  readonly name: string;
}

const MAX_PAGES = 100;
const MAX_GROUPS = 10_000;
/** Time limit for all pages together. */
const PATIENCE_MS = 15_000;
/** A token that expires within this time is not used any more. */
const MARGIN_SECONDS = 60;

/**
 * Fetches the groups of a user or application from a Graph-compatible directory, with a token of
 * the client-credentials grant or with the caller's own token. Pages are followed only on the
 * origin of the endpoint.
 */
@Injectable()
export class GroupDirectory {
  private ticket: (Ticket & Named) | null = null;
  private asking: ({ readonly ticket: Promise<Ticket> } & Named) | null = null;

  /** @param clock decides when a token of the gateway has expired */
  constructor(
    private readonly endpoint: ProviderEndpoint,
    private readonly clock: Clock,
  ) {}

  /**
   * Returns the ids of all groups, or the first status other than 200.
   * @param rules credentials for the directory
   * @throws GatehouseError `auth_provider_unavailable` if the directory does not respond, or
   *   responds with invalid content
   */
  async groupsOf(query: GroupQuery, rules: GroupOverageSettings): Promise<DirectoryResponse> {
    const token =
      rules.tokenUrl === null ? query.token : await this.ownToken(rules, rules.tokenUrl);
    if (token === null) throw providerProblem('no token for the directory is available');
    const request: EndpointRequest = {
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
      form: null,
    };
    const groups = new Set<string>();
    const endMs = performance.now() + PATIENCE_MS;
    let next: string | null = query.endpoint;
    for (let page = 0; next !== null; page += 1) {
      if (page >= MAX_PAGES || groups.size > MAX_GROUPS || performance.now() > endMs) {
        throw providerProblem('the directory lists too many groups');
      }
      const answer: EndpointResponse = await this.endpoint.ask(next, request);
      if (answer.members === null) return { isListed: false, status: answer.status };
      const listed = readPage(answer.members);
      for (const group of listed.groups) groups.add(group);
      next = listed.next === null ? null : samePlace(listed.next, query.endpoint);
    }
    return { isListed: true, groups: [...groups] };
  }

  /** Concurrent callers without a usable token share one token request. */
  private async ownToken(rules: GroupOverageSettings, tokenUrl: string): Promise<string> {
    const { clientId, clientSecret, scope } = rules;
    const name = JSON.stringify([tokenUrl, clientId, clientSecret, scope]);
    const kept = this.ticket?.name === name ? this.ticket : null;
    if (kept !== null && this.clock.nowMs() < kept.untilMs) return kept.token;
    if (this.asking?.name !== name)
      this.asking = { name, ticket: this.askForTicket(rules, tokenUrl) };
    const { asking } = this;
    try {
      const ticket = await asking.ticket;
      if (this.asking === asking) this.ticket = { name, ...ticket };
      return ticket.token;
    } finally {
      if (this.asking === asking) this.asking = null;
    }
  }

  private async askForTicket(
    { clientId, clientSecret, scope }: GroupOverageSettings,
    tokenUrl: string,
  ): Promise<Ticket> {
    const nowMs = this.clock.nowMs();
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    const parameters = { client_id: clientId, client_secret: clientSecret, scope };
    for (const [parameter, value] of Object.entries(parameters))
      if (value !== null) form.set(parameter, value);
    const { members } = await this.endpoint.ask(tokenUrl, { method: 'POST', headers: {}, form });
    const { access_token: token, expires_in: lifetime } = members ?? {};
    if (typeof token !== 'string' || token === '') {
      throw providerProblem('the token endpoint of the directory returns no access token');
    }
    return { token, untilMs: nowMs + (secondsOf(lifetime) - MARGIN_SECONDS) * 1000 };
  }
}

/**
 * An integer by RFC 6749 section 5.1, a string from some token endpoints; without it the token is
 * used but not kept.
 */
function secondsOf(lifetime: unknown): number {
  if (typeof lifetime === 'number') return lifetime;
  return typeof lifetime === 'string' && /^\d{1,9}$/.test(lifetime) ? Number(lifetime) : 0;
}

/**
 * The gateway's token is sent with every page request, so no response may direct it to another
 * origin.
 */
function samePlace(text: string, start: string): string {
  const next = URL.canParse(text) ? new URL(text) : null;
  if (next?.origin === new URL(start).origin && next.username === '') return text;
  throw providerProblem('the directory names a next page that is not its own');
}

function readPage(answer: Readonly<Record<string, unknown>>): Page {
  const { value, '@odata.nextLink': next } = answer;
  if (!Array.isArray(value)) throw providerProblem('the response of the directory is not a list');
  const groups = (value as readonly unknown[]).map(groupId).filter(isIdentityText);
  return { groups, next: typeof next === 'string' ? next : null };
}

/**
 * `transitiveMemberOf` lists objects, some of which are roles or units; `getMemberObjects` lists
 * ids.
 */
function groupId(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const { id, '@odata.type': type } = entry as Readonly<Record<string, unknown>>;
  return type === undefined || type === '#microsoft.graph.group' ? id : null;
}
