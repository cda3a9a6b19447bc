// Opens an address in the browser of whoever sits at this machine.
import { spawn } from "node:child_process";

const openers: Partial<Record<NodeJS.Platform, string>> = { linux: "xdg-open", darwin: "open" };

/** @returns why it was not opened; undefined: it was */
export function openBrowser(url: string, platform = process.platform): Promise<string | undefined> {
  const opener = openers[platform];
  if (opener === undefined) return Promise.resolve(`do not know how to open a browser on ${platform}`);
  return new Promise((resolve) => {
    const child = spawn(opener, [url], { stdio: "ignore", detached: true });
    child.once("error", (error) => resolve(error.message));
    child.once("spawn", () => {
      child.unref();
      resolve(undefined);
    });
  });
}
