// The page's files, all in memory: a few hundred kilobytes that never change, so a request opens nothing that could fail.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";

/** What a build of the page has; anything else goes as bytes. */
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

interface PageFile {
  body: Buffer;
  packed: Buffer | undefined;
  headers: Record<string, string>;
}

/** @param folder with `index.html`, files with a hash in their names, and a `.gz` beside each. @returns by path */
export function readFiles(folder: string): Map<string, PageFile> {
  // Flat; in a ConfigMap's volume each name is a link to a file, and `..data` one to a folder.
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  const there = new Set(names);
  const files = new Map<string, PageFile>();
  for (const name of names) {
    if (name.endsWith(".gz")) continue;
    const body = readFileSync(join(folder, name));
    const packed = there.has(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : undefined;
    const isHashed = /-[\w-]{8}\.\w+$/.test(name);
    files.set(`/${name}`, {
      ...{ body, packed },
      headers: {
        "Content-Type": types[extname(name)] ?? "application/octet-stream",
        "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
        ETag: `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`,
        Vary: "Accept-Encoding",
      },
    });
  }
  const index = files.get("/index.html");
  if (index) files.set("/", index);
  return files;
}

/** Whole files only: a Range header may be ignored (RFC 9110, 14.2), and then none can be odd. */
export function sendFile(
  { body, packed, headers }: PageFile,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.headers["if-none-match"]?.includes(headers["ETag"]!)) {
    response.writeHead(304, headers).end();
    return;
  }
  const isPacked = packed !== undefined && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const bytes = isPacked ? packed : body;
  response.writeHead(200, {
    ...headers,
    ...(isPacked && { "Content-Encoding": "gzip" }),
    "Content-Length": bytes.length,
  });
  response.end(bytes); // to HEAD Node sends none of them
}
