import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { BodyMember } from './body-member.js';
import { providerForm, type ProviderForm } from './provider-form.js';

/** For which provider a request is decoded. */
export interface DecodingTarget {
  /** Name under which the provider's package reads its options, for example `anthropic`. */
  readonly providerName: string;
  /** Whether parameters that the model cannot be told are left out instead of refused. */
  readonly dropsParams: boolean;
}

/** Index of an item in a path. */
const INDEX = /\[\d+\]/g;

/** What the decoding of one request knows of its provider, and what it has left out. */
export class Decoding {
  readonly form: ProviderForm;
  private readonly leftOut = new Set<string>();

  constructor(private readonly target: DecodingTarget) {
    this.form = providerForm(target.providerName);
  }

  /** Paths of members that were left out, without indexes: `messages[].name`. */
  get dropped(): readonly string[] {
    return [...this.leftOut];
  }

  /** Leaves a member out that changes nothing about the response. */
  leaveOut(member: BodyMember): void {
    this.leftOut.add(member.path.replace(INDEX, '[]'));
  }

  /**
   * Leaves a member out that the model cannot be told.
   * @throws GatehouseError `request_invalid` unless the deployment drops such parameters
   */
  cannotTell(member: BodyMember): void {
    if (!this.target.dropsParams)
      throw member.fault(
        'is not supported by this model’s provider; leave it out, or set "drop_params" of the deployment',
      );
    this.leaveOut(member);
  }

  /** Returns the options of a `cache_control` in an object, for a spread; empty without one. */
  cacheIn(owner: BodyMember): { providerOptions?: SharedV4ProviderOptions } {
    const control = owner.at('cache_control');
    if (!control.isGiven) return {};
    const { cache } = this.form;
    control.at('type').text();
    if (cache !== undefined) return { providerOptions: cache(control.object()) };
    this.leaveOut(control);
    return {};
  }
}
