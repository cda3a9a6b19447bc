// The page's web server: files that never change, with a strict content security policy.
import { type Server, createServer } from "node:http";
import sirv from "sirv";

/** The page runs its own files and talks to its own origin; nothing else. */
export const securityHeaders: Record<string, string> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/**
 * @param folder with `index.html`, files with a hash in their names, and a `.gz` beside each
 * @param ready asked for `/readyz`
 */
export function createPageServer(folder: string, ready: () => boolean): Server {
  const serveFile = sirv(folder, {
    etag: true,
    gzip: true,
    onNoMatch: (_request, response) => {
      response
        .writeHead(404, { "Content-Type": "text/plain; charset=utf-8" })
        .end("There is no such file.\n");
    },
    setHeaders: (response, path) => {
      const hashed = /-[\w-]{8}\.\w+$/.test(path);
      response.setHeader("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return createServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
    } else if (request.url === "/livez") {
      response.end("ok\n");
    } else if (request.url === "/readyz") {
      response.writeHead(ready() ? 200 : 503).end(ready() ? "ok\n" : "stopping\n");
    } else {
      serveFile(request, response);
    }
  });
}
