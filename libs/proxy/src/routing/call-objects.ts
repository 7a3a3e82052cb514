import { GatehouseError } from '#libs/common';
import type { DeploymentSettings, Settings } from '#libs/config';
import { unknownObject, type NamedObject, type UpstreamObject } from '#libs/objects';
import { keeperOf } from './file-upstreams.js';
import { standaloneGroup, type ModelGroup } from './model-registry.js';

/** An object, and the member that names it. */
export type BodyObject = UpstreamObject & Pick<NamedObject, 'param'>;

/** The objects of upstreams that a call names, all of them the caller's. */
export interface CallObjects {
  /** The first object of the path, whose deployment is asked; `null` where the path names none. */
  readonly inPath: UpstreamObject | null;
  readonly inBody: readonly BodyObject[];
  /** Those that the requests in a file name; left out for none. */
  readonly inLines?: readonly BodyObject[];
  /** Parameters of the path by name. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A call that names none. */
export const NO_OBJECTS: CallObjects = { inPath: null, inBody: [], parameters: {} };

/**
 * Returns the group of the one deployment that has made an object. Nothing else is chosen or tried.
 * @throws GatehouseError `not_found` when the configuration does not have it any more
 */
export function groupOfObject(object: UpstreamObject, settings: Settings): ModelGroup {
  const deployment = makerOf(object, settings);
  const group = standaloneGroup({ name: object.modelGroup, deployments: [deployment] });
  return { ...group, configuredAs: deployment.modelGroup, key: deployment.id };
}

/**
 * Returns a group with those of its deployments that know the objects of a call: the one that has made them, else those of the
 * same account.
 * @throws GatehouseError `request_invalid` when none does, `not_found` when the maker is not configured any more
 */
export function groupForObjects(
  group: ModelGroup,
  { inBody }: Pick<CallObjects, 'inBody'>,
  settings: Settings,
): ModelGroup {
  let { deployments } = group;
  for (const object of inBody) {
    const maker = makerOf(object, settings);
    const same = deployments.filter(({ id }) => id === maker.id);
    deployments = same.length > 0 ? same : deployments.filter((one) => hasAccount(one, maker));
    if (deployments.length === 0) throw elsewhere(object);
  }
  return deployments.length === group.deployments.length ? group : { ...group, deployments };
}

/** Whether two deployments differ in nothing but their model, so that an upstream keeps the same objects for both. */
function hasAccount(one: DeploymentSettings, other: DeploymentSettings): boolean {
  return (
    one.dialect === other.dialect &&
    one.apiBase === other.apiBase &&
    one.apiKey === other.apiKey &&
    one.organization === other.organization
  );
}

function makerOf(object: UpstreamObject, settings: Settings): DeploymentSettings {
  const found = keeperOf(object, settings);
  if (found === null) throw unknownObject({ ...object, id: object.upstreamId });
  return found;
}

function elsewhere({ kind, param }: Pick<NamedObject, 'kind' | 'param'>): GatehouseError {
  return new GatehouseError('request_invalid', {
    message: `The ${kind.replaceAll('_', ' ')} was made by an upstream that does not serve the requested model. Ask for the model that has made it.`,
    ...(param === undefined ? {} : { param }),
  });
}
