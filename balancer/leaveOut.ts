// For esbuild: what a bundled program would load at every start, and nothing of ours calls.
//
// What client-node's kubeconfig imports, its clients and undici under them: 1.1 MB of 1.8, a quarter of the time and 20 MB.
// And Node's own undici, for `http.WebSocket`: an import of `node:http` as ES module reads every name of it, a `require` does
// not (lib/http.js, syncExports in lib/internal/bootstrap/realm.js): a third of the time that is left.
import type { Plugin } from "esbuild";

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
