import type { ModelAliases, ModelGrant } from '#libs/access';

/** The models that lists leave to a caller, without those for which a written policy would refuse the same call. */
export class PolicedModels implements ModelGrant {
  /** @param isAllowed evaluates the policies for a call of another model */
  constructor(
    private readonly lists: ModelGrant,
    private readonly isAllowed: (model: string) => boolean,
  ) {}

  get named(): readonly string[] {
    return this.lists.named ?? [];
  }

  get aliases(): ModelAliases | undefined {
    return this.lists.aliases;
  }

  mayUse(model: string): boolean {
    return this.lists.mayUse(model) && this.isAllowed(model);
  }
}
