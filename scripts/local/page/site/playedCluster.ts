// An API server that only has lists to tell, and never a change: enough for a page that one looks at for a moment.
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../../controlPlane/certificates.ts";
import type { Lists } from "./objects.ts";

export interface PlayedCluster {
  /** What a backend must be told to read it. */
  env: NodeJS.ProcessEnv;
  close: () => void;
}

/** @param folder gets what a pod's ServiceAccount would have */
export async function playCluster(lists: Lists, folder: string): Promise<PlayedCluster> {
  const now = new Date();
  const authority = await createAuthority("authority", now);
  const subject = { commonName: "API server", alternativeNames: ["127.0.0.1"] };
  const { certificate, privateKey } = await issueCertificate(authority, subject, now);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "ca.crt"), authority.certificate);
  writeFileSync(join(folder, "token"), "nobody looks at it");
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "https://127.0.0.1");
    const items = lists[pathname];
    if (items === undefined) response.writeHead(404).end();
    // Nothing happens until the connection ends.
    else if (searchParams.has("watch")) response.writeHead(200).flushHeaders();
    else response.end(JSON.stringify({ metadata: { resourceVersion: "1" }, items }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      ...{ CLUSTER: "on", KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(port) },
      SERVICE_ACCOUNT_DIR: folder,
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
