import comments from '@eslint-community/eslint-plugin-eslint-comments';
import boundaries from 'eslint-plugin-boundaries';
import jsdoc from 'eslint-plugin-jsdoc';
import unicorn from 'eslint-plugin-unicorn';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

import table from './scripts/import-table.cjs';

const source = ['apps/**/*.ts', 'libs/**/*.ts', 'bench/*.ts', 'ormconfig.ts'];
const specs = ['**/*.spec.ts', '**/*.int-spec.ts', '**/*.e2e-spec.ts', '**/*.fuzz-spec.ts'];
const tests = [...specs, 'test/**/*.ts'];

/** Nest's HTTP exceptions: libraries throw GatehouseError, which the one exception filter renders. */
const nestHttpExceptions = [
  'HttpException',
  'BadRequestException',
  'UnauthorizedException',
  'ForbiddenException',
  'NotFoundException',
  'ConflictException',
  'PayloadTooLargeException',
  'UnprocessableEntityException',
  'InternalServerErrorException',
  'BadGatewayException',
  'ServiceUnavailableException',
  'GatewayTimeoutException',
];

const importPatterns = [
  { regex: '(^|/)libs/[^/]+/', message: 'Import another library as #libs/NAME.' },
  { regex: '^(\\.\\./)+[^/]+/src/', message: 'Import another library as #libs/NAME.' },
  { regex: '^#libs/[^/]+/(?!testing$)', message: 'Import from the front door: #libs/NAME.' },
  { regex: '(^|/)apps/', message: 'Import from an app as #gateway/… or #demo/….' },
  { regex: '(^|/)dist/', message: 'Import sources, not build output.' },
];

/** `max-params` with a limit of its own for constructors, where parameters are injected dependencies. */
const parameterLimits = [
  {
    selector:
      ':matches(FunctionDeclaration, ArrowFunctionExpression, MethodDefinition[kind!="constructor"] > FunctionExpression, Property > FunctionExpression)[params.length>4]',
    message: 'At most 4 parameters: pass an object.',
  },
  {
    selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>6]',
    message: 'At most 6 injected dependencies: the class does too much.',
  },
];

const lib = (name) => `libs/${name}`;
const allLibraries = Object.keys(table.libraries).map(lib);
const allow = (from, types) => ({
  from: { element: { type: from } },
  allow: { to: { element: { types: { anyOf: types } } } },
});

export default defineConfig(
  {
    ignores: [
      'dist/',
      '.dist-*/',
      'coverage/',
      'data/',
      '.gatehouse/',
      'bench/results/',
      '.mirror/',
    ],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
    plugins: { '@eslint-community/eslint-comments': comments, unicorn },
    rules: {
      eqeqeq: 'error',
      'no-console': 'off',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      // A suppression names its rule and gives its reason after `--`.
      '@eslint-community/eslint-comments/require-description': [
        'error',
        { ignore: ['eslint-enable'] },
      ],
      '@eslint-community/eslint-comments/no-unlimited-disable': 'error',
      '@eslint-community/eslint-comments/disable-enable-pair': ['error', { allowWholeFile: true }],
      'unicorn/catch-error-name': 'error',
      'unicorn/custom-error-definition': 'error',
      'unicorn/error-message': 'error',
      'unicorn/filename-case': ['error', { case: 'kebabCase' }],
      'unicorn/no-typeof-undefined': 'error',
      'unicorn/no-useless-promise-resolve-reject': 'error',
      'unicorn/prefer-node-protocol': 'error',
      'unicorn/prefer-number-properties': 'error',
      'unicorn/prefer-string-slice': 'error',
      'unicorn/prefer-structured-clone': 'error',
      'unicorn/throw-new-error': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { boundaries },
    settings: {
      'import/resolver': { typescript: { project: 'tsconfig.json' } },
      'boundaries/include': [
        'apps/**/*.ts',
        'libs/**/*.ts',
        'test/**/*.ts',
        'bench/*.ts',
        'ormconfig.ts',
      ],
      'boundaries/elements': [
        ...allLibraries.map((type) => ({ type, pattern: type })),
        { type: 'apps/gateway', pattern: 'apps/gateway' },
        { type: 'apps/demo', pattern: 'apps/demo' },
        { type: 'test', pattern: 'test' },
        { type: 'bench', pattern: 'bench' },
      ],
      'boundaries/files': [{ category: 'test', pattern: specs }],
    },
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...parameterLimits],
      'no-restricted-imports': ['error', { patterns: importPatterns }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // Amounts of money are branded bigints, which the rule takes for objects; the compiler checks the operand.
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      // Nest declares the types of its option objects as classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description', minimumDescriptionLength: 10 },
      ],
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            ...Object.entries(table.libraries).map(([name, allowed]) =>
              allow(lib(name), [name, ...allowed].map(lib)),
            ),
            allow('apps/gateway', ['apps/gateway', ...allLibraries]),
            allow('apps/demo', ['apps/demo', 'apps/gateway', ...allLibraries]),
            allow('bench', ['bench', 'test']),
            allow('test', ['test', 'apps/gateway', 'apps/demo', ...allLibraries]),
            {
              from: { file: { categories: 'test' } },
              allow: { to: { element: { type: 'test' } } },
            },
            { from: { element: { type: '*' } }, allow: { to: { module: { origin: 'external' } } } },
            { from: { element: { type: '*' } }, allow: { to: { module: { origin: 'core' } } } },
          ],
        },
      ],
    },
  },
  {
    files: ['ormconfig.ts'],
    rules: { 'boundaries/dependencies': 'off' },
  },
  {
    files: ['libs/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message: 'Upstream HTTP goes through undici pools, never the global fetch.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@nestjs/common',
              importNames: nestHttpExceptions,
              message: 'Throw GatehouseError with a code of the catalogue.',
            },
          ],
          patterns: importPatterns,
        },
      ],
    },
  },
  {
    files: source,
    ignores: specs,
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'jsdoc/check-alignment': 'error',
      'jsdoc/check-param-names': [
        'error',
        { checkDestructured: false, disableMissingParamChecks: true },
      ],
      'jsdoc/check-tag-names': ['error', { definedTags: ['remarks', 'typeParam'] }],
      'jsdoc/empty-tags': 'error',
      'jsdoc/no-bad-blocks': 'error',
      'jsdoc/no-blank-blocks': 'error',
      'jsdoc/no-types': 'error',
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: { esm: true, cjs: false, window: false },
          enableFixer: false,
          require: {
            ArrowFunctionExpression: true,
            ClassDeclaration: true,
            FunctionDeclaration: true,
            FunctionExpression: true,
            MethodDefinition: false,
          },
          contexts: [
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'TSEnumDeclaration',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
        },
      ],
      'jsdoc/require-description': ['error', { contexts: ['any'], checkConstructors: false }],
    },
  },
  {
    // Entities, requests and responses are filled by TypeORM and class-transformer, so their fields need `!`; that
    // is a declaration and no assertion, and costs no rule.
    files: tests,
    rules: {
      'max-lines': ['error', 300],
      'max-lines-per-function': 'off',
      // Bodies of responses are JSON of any shape; the assertions evaluate them.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { ecmaVersion: 2024 },
  },
);
