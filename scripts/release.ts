// `npm run release -- v1.2.3`: the notes of a release; exit 1 when tag, packages and change log do not agree.
import { readFileSync } from "node:fs";
import { releaseNotes } from "./release/notes.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const packages = ["balancer/package.json", "component/package.json"];

try {
  const versions = Object.fromEntries(
    packages.map((path) => [path, (JSON.parse(read(path)) as { version: string }).version] as const),
  );
  process.stdout.write(releaseNotes(process.argv[2] ?? "", versions, read("CHANGELOG.md")));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
