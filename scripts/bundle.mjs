/**
 * Puts the compiled gateway and the packages that it uses into a few files. Finding, reading and linking some 1,500 modules is
 * more than half of the CPU time of a start (docs/adr/0028-start.md). `dist/` keeps the separate files too, for the demo,
 * the generators and TypeORM's command line.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

/** Packages that read files of their own. */
const SEPARATE = ['@electric-sql/pglite', 'swagger-ui-dist'];

const OWN_REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;

/**
 * Replaces the entry of the gateway by a bundle of it.
 * @param dist directory of the compiled program, complete but for this
 */
export async function bundleGateway(dist) {
  const source = join(dist, 'apps', 'gateway', 'src');
  const { outputFiles } = await build({
    entryPoints: {
      main: join(source, 'main.js'),
      'bundle/embedded.worker': join(dist, 'libs/database/src/embedded/embedded.worker.js'),
    },
    outdir: source,
    allowOverwrite: true,
    write: false,
    chunkNames: 'bundle/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Nest, TypeORM and the logs name classes; see withClassNames.
    keepNames: true,
    // The process keeps the text of what it has loaded: comments and white space are more than half of it.
    minifyWhitespace: true,
    lineLimit: 200,
    sourcemap: true,
    sourcesContent: false,
    external: SEPARATE,
    plugins: [{ name: 'gatehouse', setup: (bundler) => resolveWith(bundler, dist) }],
    banner: {
      js: [
        "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
        "const _$name=(target,value)=>Object.defineProperty(target,'name',{value,configurable:true});",
      ].join(''),
    },
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, withClassNames(text));
  }
}

const NAME_ANYTHING = '__name=(target,value)=>__defProp(target,"name",{value,configurable:true});';

/**
 * Keeps the names of classes alone. esbuild keeps the name of a function by defining it whenever the function is made, which
 * for the closures of a call took a tenth of its CPU time. No replacement is longer or shorter, so that the source map holds.
 */
function withClassNames(text) {
  return (
    text
      .replace(NAME_ANYTHING, '__name=(target)=>target;'.padEnd(NAME_ANYTHING.length))
      // The limit of a line may put a line break behind the bracket.
      .replace(/\b__name\((\s*)this,/g, '_$$name($1this,')
  );
}

/** The import names of package.json lead to `dist/`, which is not there yet; absent packages are optional ones. */
function resolveWith(bundler, dist) {
  bundler.onResolve({ filter: /^#(libs|gateway)\// }, ({ path }) => {
    const [, root, name] = /^#(libs|gateway)\/(.+)$/.exec(path);
    return {
      path:
        root === 'libs'
          ? join(dist, root, name, 'src/index.js')
          : join(dist, 'apps/gateway/src', `${name}.js`),
    };
  });
  // A package with a `require` of its own would load a second copy of what the bundle holds.
  bundler.onLoad({ filter: /node_modules.@nestjs.+\.js$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replace(OWN_REQUIRE, ''),
  }));
  bundler.onResolve({ filter: /^[^.#/]/ }, async ({ path, pluginData, ...rest }) => {
    if (pluginData === bundler || rest.kind === 'entry-point') return undefined;
    const found = await bundler.resolve(path, { ...rest, pluginData: bundler });
    return found.errors.length > 0 ? { path, external: true } : found;
  });
}
