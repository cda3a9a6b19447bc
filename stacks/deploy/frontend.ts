// The page: its files, and the server that hands them out.
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildPage } from "../../k8s/frontend/build.ts";
import { contentNamedConfigMap } from "./contentNamed.ts";
import type { Context } from "./context.ts";
import type { Manifest } from "./manifests.ts";
import { useConfigMap } from "./podSpec.ts";
import { deployWeb } from "./web.ts";

const entry = fileURLToPath(new URL("../../k8s/frontend/server/main.ts", import.meta.url));

/** Built once in a process, in which several programs may run. */
let built: Promise<Manifest> | undefined;

export async function deployFrontend(context: Context): Promise<void> {
  const { frontendImage: image } = context.config;
  const page = image === undefined ? await (built ??= buildPage().then(pageConfigMap)) : undefined;
  return deployWeb(context, "frontend", {
    program: { image, entry },
    ...(page && { belongings: [page], pod: (pod) => useConfigMap(pod, "page", page) }),
  });
}

/** Each file as it is and gzipped, as bytes: nobody may take a piece of the program for a path or a name. */
function pageConfigMap(files: ReadonlyMap<string, Buffer>): Manifest {
  const hash = createHash("sha256");
  const binaryData: Record<string, Buffer> = {};
  for (const [name, bytes] of files) {
    hash.update(`${name}\0`).update(bytes);
    binaryData[name] = bytes;
    binaryData[`${name}.gz`] = gzipSync(bytes, { level: 9 });
  }
  return contentNamedConfigMap(
    { name: "frontend-page", namespace: "frontend", labels: { app: "frontend" } },
    { binaryData, identity: hash.digest("hex") },
  );
}
