import { ApiProperty } from '@nestjs/swagger';
import type { ModelEntry, ModelGroupEntry } from './model-entries.js';
import type { ModelInfo } from './model-info.js';

/** One deployment, in LiteLLM's form. */
class ModelEntryResponse implements ModelEntry {
  /** The name that a request puts into `model`. */
  @ApiProperty()
  readonly model_name!: string;

  /** No credential; the address for administrators alone. */
  @ApiProperty({ type: Object })
  readonly litellm_params!: Readonly<Record<string, unknown>>;

  /** Context, mode, prices in US dollars and abilities; `null` where they are not known. */
  @ApiProperty({ type: Object })
  readonly model_info!: ModelInfo;
}

/** Deployments of the models that a caller may use. */
export class ModelInfoResponse {
  @ApiProperty({ type: [ModelEntryResponse] })
  readonly data: readonly ModelEntry[];

  constructor(data: readonly ModelEntry[]) {
    this.data = data;
  }
}

/** A page of the deployments of the models that a caller may use. */
export class ModelInfoPageResponse extends ModelInfoResponse {
  /** Of all pages. */
  @ApiProperty()
  readonly total_count: number;

  @ApiProperty()
  readonly current_page: number;

  @ApiProperty()
  readonly total_pages: number;

  @ApiProperty()
  readonly size: number;

  /** @param page from 1 on */
  constructor(all: readonly ModelEntry[], page: number, size: number) {
    super(all.slice((page - 1) * size, page * size));
    this.total_count = all.length;
    this.current_page = page;
    this.total_pages = Math.ceil(all.length / size);
    this.size = size;
  }
}

/** The models that a caller may use, each once. */
export class ModelGroupInfoResponse {
  @ApiProperty({ type: [Object] })
  readonly data: readonly ModelGroupEntry[];

  constructor(data: readonly ModelGroupEntry[]) {
    this.data = data;
  }
}
