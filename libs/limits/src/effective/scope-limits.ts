import type { Limits } from '#libs/access';
import type { SpendScope } from '#libs/spend';

/** The limits of one subject of a request. */
export interface ScopeLimits {
  readonly scope: SpendScope;
  /** As totals name it: `team:user` for a member of a team, `organisation:user` for one of an organisation. */
  readonly id: string;
  /** The id under which its counters are kept, where that is another one. */
  readonly countedAs?: string;
  readonly limits: Limits;
  /** Whether the budget that its limits name does not exist; absent for false. */
  readonly lacksBudget?: true;
}
