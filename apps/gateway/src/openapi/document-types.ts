import type { OpenAPIObject } from '@nestjs/swagger';

interface Reference {
  readonly $ref: string;
}

/** One operation of the document. */
export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
/** One parameter, stated in place. */
export type Parameter = Exclude<NonNullable<Operation['parameters']>[number], Reference>;
/** One response, stated in place. */
export type StatedResponse = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['responses']>[string],
  Reference
>;
/** The content of a response by its media type. */
export type Content = NonNullable<StatedResponse['content']>;
