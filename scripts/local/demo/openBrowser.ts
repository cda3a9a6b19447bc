// Opens an address in the browser of whoever sits at this machine.
import { spawn } from "node:child_process";

/** @returns why it was not opened; undefined: it was */
export function openBrowser(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("xdg-open", [url], { stdio: "ignore", detached: true });
    child.once("error", (error) => resolve(error.message));
    child.once("spawn", () => {
      child.unref();
      resolve(undefined);
    });
  });
}
