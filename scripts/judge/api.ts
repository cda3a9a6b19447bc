// `npm run judge:api`: schemathesis asks the real backend, on a real database, whatever its description allows and forbids.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { preparedDatabase } from "../../k8s/backend/testing/database.ts";
import { backendEnv, samplesToken } from "../../k8s/backend/testing/env.ts";
import { silent } from "../../k8s/backend/testing/log.ts";
import { startBackend } from "../../k8s/backend/src/backend.ts";
import { readSettings } from "../../k8s/backend/src/config.ts";
import { failWith } from "../failWith.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { ensurePythonJudge, pythonEnv } from "./install.ts";

const here = import.meta.dirname;

async function judge(home: string, url: string, cwd: string): Promise<number> {
  const args = [
    ...["-m", "schemathesis.cli", "--config-file", join(here, "schemathesis.toml")],
    ...["run", `${url}/api/openapi.json`, "--checks", "all", "--no-color"],
    ...["--header", `Authorization: Bearer ${samplesToken}`],
  ];
  const child = spawn("python3", args, { cwd, env: pythonEnv(home), stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number];
  return code;
}

async function judgeApi(): Promise<number> {
  using folder = temporaryFolder();
  const home = await ensurePythonJudge("schemathesis");
  const { api } = await preparedDatabase();
  const env = backendEnv(api, folder.path, { COLLECT_SECONDS: "2" });
  const backend = await startBackend(readSettings(env), silent);
  try {
    return await judge(home, backend.url, folder.path);
  } finally {
    await backend.stop();
  }
}

await judgeApi().then((code) => void (process.exitCode = code === 0 ? 0 : 1), failWith(2));
