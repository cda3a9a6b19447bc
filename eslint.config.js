// Lint rules: type-aware checks, and the import rules of the architecture (who may import whom).
import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** One import rule: files under `target` may not import from `from`, with the reason the developer reads. */
const forbid = (target, from, message, except) => ({ target, from, message, ...(except && { except }) });

const extensions = [".ts", ".tsx", ".js"];

const layers = ["base", "db", "deploy"];
const layerZones = layers.flatMap((layer) =>
  layers
    .filter((other) => other !== layer)
    .map((other) =>
      forbid(
        `./stacks/${layer}`,
        `./stacks/${other}`,
        "layers meet only in stacks/outputs.ts, through stack outputs",
      ),
    ),
);

const balancerEdges = ["observe", "act", "report"];
const edgeZones = balancerEdges.flatMap((edge) =>
  balancerEdges
    .filter((other) => other !== edge)
    .map((other) =>
      forbid(
        [`./balancer/${edge}.ts`, `./balancer/${edge}/**/*`],
        `./balancer/${other}{.ts,/**/*}`,
        "observe, act and report meet only in main.ts",
      ),
    ),
);

export default tseslint.config(
  { ignores: ["node_modules/**", "dist/**", ".local/**", ".stryker/**", "**/testdata/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  prettier,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { "import-x": importX },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "import-x/no-restricted-paths": [
        "error",
        {
          basePath: import.meta.dirname,
          zones: [
            ...layerZones,
            ...edgeZones,
            forbid(
              "./scripts/!(local)/**/*",
              "./scripts/local",
              "the rest of scripts uses the local environment through scripts/local/index.ts",
              ["./index.ts"],
            ),
            forbid("./scripts/*.ts", "./scripts/local", "scripts use scripts/local/index.ts", ["./index.ts"]),
            forbid("./stacks", "./balancer", "stacks take only balancer/index.ts", ["./index.ts"]),
            forbid(
              ["./stacks", "./balancer", "./k8s"],
              "./scripts",
              "nothing outside scripts imports scripts",
            ),
          ],
        },
      ],
    },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions })],
    },
  },
  {
    // The pure core: data in, data out. It gets the time as a parameter and knows no client, process or logger.
    files: ["balancer/{model,policy,decide}.ts", "balancer/{model,policy,decide}/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        "process",
        "console",
        "setTimeout",
        "setInterval",
        "fetch",
        "performance",
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "time comes in as `now`",
        },
        {
          selector: "MemberExpression[object.name='Date'][property.name='now']",
          message: "time comes in as `now`",
        },
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "chance comes in as a parameter",
        },
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["@kubernetes/*", "@pulumi/*", "node:*", "pino", "undici", "p-retry"],
              message: "the pure core imports no client, process or logger",
            },
            {
              group: ["**/observe*", "**/act*", "**/report*", "**/main*"],
              message: "the pure core does not know the edges",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-floating-promises": "off",
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
