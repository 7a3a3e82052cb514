/**
 * Returns the result of a guard whose step refuses by throwing: `true`, as a promise only where the step has to wait.
 * @param step what the pipeline returned
 * @param next runs once the step has let the call pass
 */
export function passes(
  step: void | Promise<void>,
  next?: () => void | Promise<void>,
): boolean | Promise<boolean> {
  if (step instanceof Promise) return step.then(next).then(() => true);
  const more = next?.();
  return more instanceof Promise ? more.then(() => true) : true;
}
