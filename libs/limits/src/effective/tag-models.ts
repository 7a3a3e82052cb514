import { Injectable } from '@nestjs/common';
import { mayUseModel } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { CostRequest } from '#libs/spend';
import { TagsService, type TagSnapshot } from '#libs/tags';

/** Keeps requests with a tag to the models of the tag. */
@Injectable()
export class TagModels {
  constructor(private readonly tags: TagsService) {}

  /**
   * Returns the refusal `model_not_allowed` of a request for a model that one of its tags does not have; `null` for every
   * other request. Returns no promise when the tags are in memory.
   * @throws GatehouseError `database_unavailable`
   */
  refusal({
    tags,
    modelGroup,
  }: Pick<CostRequest, 'tags' | 'modelGroup'>):
    GatehouseError | null | Promise<GatehouseError | null> {
    if (tags.length === 0) return null;
    const known = this.tags.peek(tags);
    return known === undefined
      ? this.tags.find(tags).then((found) => refusalBy(found, modelGroup))
      : refusalBy(known, modelGroup);
  }
}

function refusalBy(tags: readonly TagSnapshot[], model: string): GatehouseError | null {
  const refusing = tags.find(({ models }) => !mayUseModel(models, model));
  if (refusing === undefined) return null;
  return new GatehouseError('model_not_allowed', {
    message: `Requests with the tag ${refusing.name} may not use this model.`,
    param: 'model',
    context: { tag: refusing.name },
  });
}
