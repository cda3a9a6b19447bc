// For esbuild: what client-node's kubeconfig imports and nothing of ours calls, its clients and undici under them.
//
// 1.1 MB of 1.8: Node would parse it at every start, which takes a quarter of the time and 20 MB.
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
  },
};
