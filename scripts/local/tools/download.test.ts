import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checksums, downloadTool } from "./download.ts";
import type { Download } from "./table.ts";
import { toolSpecs } from "./table.ts";
import { serveReleases, sha256, temporaryFolder, type ReleaseServer } from "./testing/releases.ts";
import { formatVersion } from "./version.ts";

const { signal } = new AbortController();

describe("downloads of releases", () => {
  const folder = temporaryFolder();
  let server: ReleaseServer;
  let pinned: Record<string, string>;
  before(async () => {
    const archived = join(folder.path, "tool-1.0");
    mkdirSync(archived);
    writeFileSync(join(archived, "tool"), "packed program");
    const archive = execFileSync("tar", ["-czf", "-", "-C", folder.path, "tool-1.0/tool"]);
    server = await serveReleases({
      "/good": "a program",
      "/moved": (_, response) => void response.writeHead(302, { location: "/good" }).end(),
      "/changed": "another program",
      "/unpinned": "a program",
      "/silent": () => undefined,
      "/tool.tar.gz": archive,
    });
    const program = sha256("a program");
    pinned = Object.fromEntries(
      ["good", "moved", "changed", "silent", "none"].map((name) => [`${server.origin}/${name}`, program]),
    );
    pinned[`${server.origin}/tool.tar.gz`] = sha256(archive);
  });
  after(async () => {
    await server.close();
    folder.remove();
  });
  const download = (path: string, rest: Partial<Download> = {}): Promise<string> =>
    downloadTool(
      { url: `${server.origin}/${path}`, ...rest },
      folder.path,
      { checksums: pinned, answerTimeoutMs: path === "silent" ? 200 : 10_000 },
      signal,
    );

  it("are kept when they have the pinned checksum", async () => {
    assert.equal(readFileSync(await download("good"), "utf8"), "a program");
    assert.equal(readFileSync(await download("moved"), "utf8"), "a program");
  });

  it("are unpacked when they are archives, after their checksum", async () => {
    const file = await download("tool.tar.gz", { member: "tool-1.0/tool" });
    assert.equal(readFileSync(file, "utf8"), "packed program");
  });

  const refused: [string, string, RegExp][] = [
    ["another checksum", "changed", /pinned checksum: expected [0-9a-f]{64}, got [0-9a-f]{64}/],
    ["a file that is not there", "none", /none: answered 404/],
    ["a server that does not answer", "silent", /silent: no answer within 0\.2 s/],
  ];
  for (const [what, path, reason] of refused) {
    it(`are refused for ${what}`, async () => {
      await assert.rejects(download(path), reason);
    });
  }

  it("are not asked for without a pinned checksum", async () => {
    server.asked.length = 0;
    await assert.rejects(download("unpinned"), /checksum is not pinned in checksums\.json/);
    assert.deepEqual(server.asked, []);
  });

  it("fail at once when nothing listens", async () => {
    const closed = await serveReleases({});
    await closed.close();
    const url = `${closed.origin}/good`;
    const options = { checksums: { [url]: sha256("a program") }, answerTimeoutMs: 200 };
    await assert.rejects(downloadTool({ url }, folder.path, options, signal), /ECONNREFUSED/);
  });
});

describe("pinned checksums", () => {
  it("are of the releases that are asked for: another version takes its own", () => {
    const asked = Object.values(toolSpecs).flatMap(({ version, download }) =>
      ["amd64", "arm64"].map((arch) => download?.(formatVersion(version()), arch).url),
    );
    assert.deepEqual(
      Object.keys(checksums).filter((url) => !asked.includes(url)),
      [],
    );
    for (const checksum of Object.values(checksums)) assert.match(checksum, /^[0-9a-f]{64}$/);
  });
});
