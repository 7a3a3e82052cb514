import {
  PERMISSION_METADATA,
  requirePermission,
  type AccessContext,
  type HandlerPermission,
} from '#libs/access';

/** A controller whose handlers also take the caller's context last, whether or not they read it themselves. */
export type Permitted<C> = {
  [Name in keyof C]: C[Name] extends (...args: infer Args) => infer Result
    ? (...args: [...Args, AccessContext?]) => Result
    : C[Name];
};

/**
 * A controller that enforces what its handlers declare with `@Permission()`, as the gateway does, so that handlers
 * can be called without HTTP.
 */
export function permitted<C extends object>(controller: C): Permitted<C> {
  return new Proxy(controller, {
    get(target, name): unknown {
      const handler: unknown = Reflect.get(target, name);
      if (typeof handler !== 'function') return handler;
      const declared: unknown = Reflect.getMetadata(PERMISSION_METADATA, handler);
      return async (...args: unknown[]): Promise<unknown> => {
        if (declared !== undefined) {
          requirePermission(declared as HandlerPermission, args.at(-1) as AccessContext);
        }
        return (await Reflect.apply(handler, target, args)) as unknown;
      };
    },
  }) as Permitted<C>;
}
