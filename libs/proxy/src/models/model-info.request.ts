import { OptionalCount, OptionalText, PageNumber } from '#libs/access';

const MAX_TEXT = 255;
const MAX_SIZE = 1_000;
const DEFAULT_SIZE = 50;

/** Query of `GET /model/info`. */
export class ModelInfoRequest {
  @OptionalText(MAX_TEXT, { description: 'Id of one deployment.' })
  litellm_model_id?: string;
}

/** Query of `GET /model_group/info`. */
export class ModelGroupInfoRequest {
  @OptionalText(MAX_TEXT, { description: 'Name of one model.' })
  model_group?: string;
}

/** Query of `GET /v2/model/info`. */
export class ModelInfoPageRequest {
  @OptionalText(MAX_TEXT, { description: 'Name of one model.' })
  model?: string;

  @OptionalText(MAX_TEXT, { description: 'Id of one deployment.' })
  modelId?: string;

  @OptionalText(MAX_TEXT, { description: 'Part of the name; case is ignored.' })
  search?: string;

  @PageNumber()
  page = 1;

  @OptionalCount(MAX_SIZE, { default: DEFAULT_SIZE })
  size = DEFAULT_SIZE;
}
