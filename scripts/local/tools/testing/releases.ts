// For tests of the tools: folders that go away, programs that are shell scripts, and a server of releases.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ToolSpec } from "../table.ts";

/** A new folder; removed after the test by `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "spot-balancer-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes an executable shell script, and returns its path. */
export function writeProgram(folder: string, name: string, script: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A tool of version 0.8.0, and whose `--version` must say so; Go can build it. */
export const buildToolSpec = (spec: Partial<ToolSpec> & { name: string }): ToolSpec => ({
  version: () => ({ major: 0, minor: 8, patch: 0 }),
  go: { package: `example.com/${spec.name}` },
  ...spec,
});

export const sha256 = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex");

export interface ReleaseServer {
  origin: string;
  /** Paths that were asked for. */
  asked: string[];
  close(): Promise<void>;
}

/** Serves files by path; a function answers by itself; everything else is 404. */
export async function serveReleases(
  files: Record<string, string | Buffer | ((request: IncomingMessage, response: ServerResponse) => void)>,
): Promise<ReleaseServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    const file = files[request.url!];
    if (typeof file === "function") file(request, response);
    else response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
