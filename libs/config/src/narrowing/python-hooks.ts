import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode } from '../source/config-node.js';

/** A dotted Python name, such as `custom_callbacks.proxy_handler_instance`. */
const PYTHON_OBJECT = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/;

/**
 * Warns where a list of callbacks names a Python object: LiteLLM runs its hooks, which may refuse or change a call. Names of
 * logging services, such as `langfuse`, have no dot.
 */
export function warnOfHooks(node: ConfigNode, place: ConfigPath): void {
  if (!namesPythonObject(node)) return;
  place.warn(
    'names a Python object, which Gatehouse does not run: a hook that refuses or changes calls has no effect. Refuse calls by gatehouse.policies, or in a service before the gateway',
  );
}

function namesPythonObject(node: ConfigNode): boolean {
  if (node.kind === 'list') return node.items.some(namesPythonObject);
  return node.kind === 'scalar' && PYTHON_OBJECT.test(node.text);
}
