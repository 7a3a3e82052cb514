import type { OpenAPIObject } from '@nestjs/swagger';
import type { HandlerPermission, PERMISSION_EXTENSION } from '#libs/access';

interface Reference {
  readonly $ref: string;
}

/** One operation of the document, with what its handler demands. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']> & {
  readonly [PERMISSION_EXTENSION]?: HandlerPermission;
};
/** One parameter, stated in place. */
export type Parameter = Exclude<NonNullable<Operation['parameters']>[number], Reference>;
/** One response, stated in place. */
export type StatedResponse = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['responses']>[string],
  Reference
>;
/** The content of a response by its media type. */
export type Content = NonNullable<StatedResponse['content']>;
