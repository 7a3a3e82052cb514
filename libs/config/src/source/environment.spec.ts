import { ConfigDiagnostics, ConfigPath } from '../diagnostics/config-diagnostics.js';
import { textNode, type ConfigNode } from './config-node.js';
import { mergedEnvironment, resolveReferences, variableOf } from './environment.js';

const place = (): ConfigPath => new ConfigPath('x', new ConfigDiagnostics());
const map = (members: Record<string, ConfigNode>): ConfigNode => ({
  kind: 'map',
  entries: new Map(Object.entries(members)),
});

describe('references to the environment', () => {
  it('replaces scalars anywhere and leaves text alone that merely mentions the prefix', () => {
    const node = map({
      a: textNode('os.environ/A'),
      b: { kind: 'list', items: [textNode('os.environ/A'), textNode('bearer os.environ/A')] },
    });
    const value = { ...textNode('value'), isReference: true as const };
    expect(resolveReferences(node, { A: 'value' }, place(), false)).toEqual(
      map({
        a: value,
        b: { kind: 'list', items: [value, textNode('bearer os.environ/A')] },
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'finds no variable %s in the object itself',
    (name) => {
      expect(variableOf({}, name)).toBeNull();
      expect(resolveReferences(textNode(`os.environ/${name}`), {}, place(), true)).toEqual({
        kind: 'unset',
        variable: name,
      });
    },
  );

  it('counts a variable that is set to nothing as unset', () => {
    const where = place();
    resolveReferences(textNode('os.environ/A'), { A: '' }, where, false);
    expect(where.findings.problems).toMatchObject([{ path: 'x' }]);
  });

  it('does not print what stands behind the prefix when it is not a name', () => {
    const where = place();
    resolveReferences(textNode('os.environ/sk-secret value'), {}, where, true);
    expect(where.findings.problems).toHaveLength(1);
    expect(JSON.stringify(where.findings)).not.toContain('secret');
  });

  it('lets what is set outside win over the file, and an empty value outside lose', () => {
    const declared = map({ A: textNode('file'), B: textNode('file'), C: textNode('file') });
    const merged = mergedEnvironment(declared, { A: 'outside', B: '' }, place());
    expect({ ...merged }).toEqual({ A: 'outside', B: 'file', C: 'file' });
  });
});
