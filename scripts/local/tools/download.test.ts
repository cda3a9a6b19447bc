import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { downloadTool, type Origins } from "./download.ts";
import { serveReleases, sha256, temporaryFolder, type ReleaseServer } from "./testing.ts";

const { signal } = new AbortController();
const origins = (server: ReleaseServer): Origins => ({
  kubernetes: server.origin,
  github: server.origin,
  answerTimeoutMs: 200,
});

describe("downloads of releases", () => {
  const folder = temporaryFolder();
  let server: ReleaseServer;
  let redirected: string;
  before(async () => {
    const archived = join(folder.path, "tool-1.0");
    mkdirSync(archived);
    writeFileSync(join(archived, "tool"), "packed program");
    const archive = execFileSync("tar", ["-czf", "-", "-C", folder.path, "tool-1.0/tool"]);
    const assets = (list: object[]): string => JSON.stringify({ assets: list });
    const asset = (name: string, digest: string | null): object => ({
      name,
      digest,
      browser_download_url: `${redirected}/files/${name}`,
    });
    redirected = "";
    server = await serveReleases({
      "/good": "a program",
      "/good.sha256": sha256("a program"),
      "/changed": "another program",
      "/changed.sha256": sha256("a program") + "  changed\n",
      "/unstated": "a program",
      "/unstated.sha256": "<html>sorry</html>",
      "/silent.sha256": () => undefined,
      "/files/tool.tar.gz": archive,
      "/repos/o/r/releases/tags/v1.0": (_request, response) => {
        response.end(assets([asset("tool.tar.gz", `sha256:${sha256(archive)}`), asset("bare", null)]));
      },
    });
    redirected = server.origin;
  });
  after(async () => {
    await server.close();
    folder.remove();
  });

  it("are kept when the checksum beside them is theirs", async () => {
    const file = await downloadTool(
      { from: "kubernetes", path: "good" },
      folder.path,
      origins(server),
      signal,
    );
    assert.equal(readFileSync(file, "utf8"), "a program");
  });

  it("are unpacked when they are archives, after their digest was checked", async () => {
    const download = {
      from: "github",
      repository: "o/r",
      tag: "v1.0",
      asset: "tool.tar.gz",
      member: "tool-1.0/tool",
    } as const;
    const file = await downloadTool(download, folder.path, origins(server), signal);
    assert.equal(readFileSync(file, "utf8"), "packed program");
  });

  const refused: [string, Parameters<typeof downloadTool>[0], RegExp][] = [
    ["another checksum", { from: "kubernetes", path: "changed" }, /expected [0-9a-f]{64}, got [0-9a-f]{64}/],
    [
      "a checksum file without one",
      { from: "kubernetes", path: "unstated" },
      /unstated\.sha256 states no SHA-256/,
    ],
    ["a file that is not there", { from: "kubernetes", path: "none" }, /none\.sha256: answered 404/],
    ["a release without the file", github("other"), /release v1\.0 of o\/r has no file other/],
    ["a file without a digest", github("bare"), /states no checksum of bare/],
    ["a server that does not answer", { from: "kubernetes", path: "silent" }, /no answer within 0\.2 s/],
  ];
  for (const [what, download, reason] of refused) {
    it(`are refused for ${what}`, async () => {
      await assert.rejects(downloadTool(download, folder.path, origins(server), signal), reason);
    });
  }

  it("fail at once when nothing listens", async () => {
    const closed = await serveReleases({});
    await closed.close();
    const download = { from: "kubernetes", path: "good" } as const;
    await assert.rejects(downloadTool(download, folder.path, origins(closed), signal), /ECONNREFUSED/);
  });
});

function github(asset: string): Parameters<typeof downloadTool>[0] {
  return { from: "github", repository: "o/r", tag: "v1.0", asset };
}
