import { RequestMethod, type DynamicModule, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import {
  PERMISSION_METADATA,
  PUBLIC_METADATA,
  handlerPattern,
  type HandlerAccess,
  type HandlerPermission,
  type RequestedRoute,
  type RequiredRole,
  type RoutePattern,
} from '#libs/access';

type ModuleLike = Type | DynamicModule;

/** One route of a handler. */
interface HandlerRoute {
  readonly method: string;
  /** Path as the decorators declare it, for example `/models/:model`. */
  readonly template: string;
  /** `:name` stands for one segment, `*name` for one or more, and `*name\\:verb` for such that end so. */
  readonly segments: readonly string[];
  /** What of evaluated routes it is the handler of. */
  readonly pattern: RoutePattern;
  readonly isOpen: boolean;
  readonly requiredRole: RequiredRole | null;
}

/**
 * Every handler of modules, as their decorators declare them and as the router reads them: one
 * slash at the end does not count, `HEAD` is answered as `GET`. Nothing is started for it, so that
 * it is also known offline.
 */
export class HandlerTable {
  private readonly routes: readonly HandlerRoute[];

  /** @param modules modules, with everything that they import */
  constructor(modules: readonly ModuleLike[], controllers: readonly Type[] = []) {
    const found = new Set(controllers);
    for (const one of modules) collectControllers(one, found, new Set());
    this.routes = [...found].flatMap(routesOfController);
  }

  /**
   * Who would receive a call.
   * @param method HTTP method as received
   * @param target request target as received
   */
  receptionOf(method: string, target: string): HandlerAccess {
    const asked = method === 'HEAD' ? 'GET' : method;
    const given = segmentsOf(target.split('?', 1)[0] ?? '');
    const route = this.routes.find((one) => one.method === asked && matches(one.segments, given));
    if (route === undefined) return this.methodsOf(target).length === 0 ? 'none' : 'other-method';
    return route.isOpen ? 'open' : 'guarded';
  }

  /**
   * The methods that a path is served for, sorted; empty for a path that is not a route.
   * @param target request target as received
   */
  methodsOf(target: string): readonly string[] {
    const [path = ''] = target.split('?', 1);
    const given = segmentsOf(path);
    const methods = this.routes
      .filter(({ segments }) => matches(segments, given))
      .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    return [...new Set(methods)].sort();
  }

  /** Paths of all routes as their handlers declare them. */
  get templates(): readonly string[] {
    return this.routes.map(({ template }) => template);
  }

  /** Paths of all routes without parameters. */
  get literalPaths(): readonly string[] {
    return [...new Set(this.templates.filter((template) => !/[:*]/.test(template)))];
  }

  /**
   * Tells whether a handler is that of an evaluated route. The guards refuse what the router reads
   * more generously.
   */
  handles(route: RequestedRoute): boolean {
    return this.handlerOf(route) !== undefined;
  }

  /**
   * Returns the role that the handler of an evaluated route declares with `@Permission()`; `null`
   * without one.
   */
  requiredRoleOf(route: RequestedRoute): RequiredRole | null {
    return this.handlerOf(route)?.requiredRole ?? null;
  }

  private handlerOf(route: RequestedRoute): HandlerRoute | undefined {
    return this.routes.find(({ method, pattern }) => {
      return method === route.method && pattern.matches(route);
    });
  }
}

function collectControllers(one: ModuleLike, found: Set<Type>, seen: Set<Type>): void {
  const [type, dynamic] = 'module' in one ? [one.module, one] : [one, null];
  if (dynamic === null && seen.has(type)) return;
  seen.add(type);
  const controllers = [
    ...(metadataList(MODULE_METADATA.CONTROLLERS, type) as readonly Type[]),
    ...(dynamic?.controllers ?? []),
  ];
  for (const controller of controllers) found.add(controller);
  const imports = [
    ...(metadataList(MODULE_METADATA.IMPORTS, type) as readonly ModuleLike[]),
    ...((dynamic?.imports ?? []) as readonly ModuleLike[]),
  ];
  for (const imported of imports) collectControllers(imported, found, seen);
}

function routesOfController(controller: Type): readonly HandlerRoute[] {
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  const prefixes = pathsOf(controller);
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = name === 'constructor' ? undefined : prototype[name];
    if (typeof handler !== 'function') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const isOpen = [handler, controller].some(
      (marked) => Reflect.getMetadata(PUBLIC_METADATA, marked) === true,
    );
    const permission = Reflect.getMetadata(PERMISSION_METADATA, handler) as
      HandlerPermission | undefined;
    const requiredRole = permission?.role ?? null;
    return prefixes.flatMap((prefix) =>
      pathsOf(handler).map((path) => {
        const template = `/${prefix}/${path}`.replaceAll(/\/{2,}/g, '/');
        const pattern = handlerPattern(template);
        const segments = segmentsOf(template);
        const declared = { template, segments, pattern, isOpen, requiredRole };
        return { method: RequestMethod[method], ...declared };
      }),
    );
  });
}

function pathsOf(marked: object): readonly string[] {
  const path = Reflect.getMetadata(PATH_METADATA, marked) as string | readonly string[] | undefined;
  return typeof path === 'string' ? [path] : (path ?? ['']);
}

function metadataList(key: string, type: Type): readonly unknown[] {
  return (Reflect.getMetadata(key, type) as readonly unknown[] | undefined) ?? [];
}

function segmentsOf(path: string): readonly string[] {
  return path.replace(/^\//, '').replace(/\/$/, '').split('/');
}

function matches(pattern: readonly string[], given: readonly string[]): boolean {
  const last = pattern.at(-1) ?? '';
  const isOpenEnded = last.startsWith('*');
  const [, suffix = ''] = last.split('\\');
  if (isOpenEnded && !(given.at(-1) ?? '').endsWith(suffix)) return false;
  if (isOpenEnded ? given.length < pattern.length : given.length !== pattern.length) return false;
  return pattern.every((segment, index) => {
    const isFree = segment.startsWith(':') || segment.startsWith('*');
    return isFree ? given[index] !== '' : segment === given[index];
  });
}
