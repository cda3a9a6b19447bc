// Traefik without the clients of 180 DNS providers, which are two thirds of the time that it takes to build. They are for
// certificates by DNS challenge, which cert-manager makes in a cluster.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Folder of Traefik's go.mod. */
export const moduleDir = import.meta.dirname;

const lego = "github.com/go-acme/lego/v5";

/** Takes the place of the package that knows all of them. */
const noProviders = `package dns

import (
	"errors"

	"${lego}/challenge"
)

func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, errors.New("this build of Traefik has no DNS provider " + name)
}
`;

/** Copies the module that has the providers to `folder`, without them, and returns the arguments to build with it. */
export async function trimmed(go: string, folder: string, signal: AbortSignal): Promise<string[]> {
  const source = await moduleFolder(go, lego, moduleDir, signal);
  const copy = join(folder, "lego");
  // File by file: what lies in Go's cache is read-only, folders too.
  cpSync(source, copy, {
    recursive: true,
    filter: (file) => !/^\/(providers|e2e|docs|cmd)(\/|$)/.test(file.slice(source.length)),
    mode: 0,
  });
  const target = join(copy, "providers", "dns");
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "dns.go"), noProviders);
  // go.sum is taken from beside it.
  const goMod = join(folder, "traefik.mod");
  const text = readFileSync(join(moduleDir, "go.mod"), "utf8");
  writeFileSync(goMod, `${text}\nreplace ${lego} => ${copy}\n`);
  cpSync(join(moduleDir, "go.sum"), join(folder, "traefik.sum"));
  return [`-modfile=${goMod}`];
}

/** Where Go keeps a module that a go.mod requires, checked by its go.sum; brought first when it is not there. */
export async function moduleFolder(
  go: string,
  module: string,
  directory: string,
  signal: AbortSignal,
): Promise<string> {
  const { stdout } = await promisify(execFile)(go, ["mod", "download", "-json", module], {
    cwd: directory,
    env: { ...process.env, GOWORK: "off" },
    signal,
  });
  const { Dir: path } = JSON.parse(stdout) as { Dir: string };
  return path;
}
