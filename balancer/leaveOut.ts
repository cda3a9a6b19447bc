// For esbuild: what a bundled program would load at every start, and nothing of ours calls.
//
// What client-node's kubeconfig imports, its clients and undici under them: 1.1 MB of 1.8, a quarter of the time and 20 MB.
// And Node's own undici, for `http.WebSocket`: an import of `node:http` as ES module reads every name of it, a `require` does
// not (lib/http.js, syncExports in lib/internal/bootstrap/realm.js): a third of the time that is left.
import type { BuildOptions, Plugin } from "esbuild";

const importer = /@kubernetes[\\/]client-node[\\/]dist[\\/]config\.js$/;

export const leaveOut: Plugin = {
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /^(undici|\.\/gen\/index\.js)$/ }, (wanted) =>
      importer.test(wanted.importer) ? { path: wanted.path, namespace: "left-out" } : undefined,
    );
    // An empty CommonJS file: any name may be imported from it, and is undefined.
    build.onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "" }));
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path, namespace: "required" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = require("${path}");`,
    }));
  },
};

// Packages in CommonJS call `require` for Node's own modules; an ES module has none.
const requireShim =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

/** How programs of ours are built: one file for Node 24 with everything in it. */
export const shippedAs = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  minify: true,
  keepNames: true, // class names are in error messages
  legalComments: "none",
  banner: { js: requireShim },
  plugins: [leaveOut],
  logLevel: "silent",
} satisfies BuildOptions;
