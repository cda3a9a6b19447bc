// A language host for the Pulumi CLI, attached by PULUMI_DEBUG_LANGUAGES: it starts Node programs as
// `pulumi-language-nodejs` does, which cannot be had from a registry.
// The protocol: proto/pulumi/language.proto; the arguments: sdk/nodejs/cmd/pulumi-language-nodejs/main.go in pulumi/pulumi.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { grpcServer, listenOnLoopback, unary } from "../../local/index.ts";

/** Exit code of cmd/run when it has already told the engine what went wrong. */
const errorWasLogged = 32;

export interface LanguageHost {
  /** For `PULUMI_DEBUG_LANGUAGES`. */
  variable: string;
  close(): Promise<void>;
}

/** @param projectDir where the program and its `@pulumi/pulumi` lie */
export async function serveLanguageHost(projectDir: string): Promise<LanguageHost> {
  let engine = "";
  const server = grpcServer([
    (service as unknown as { LanguageRuntimeService: unknown }).LanguageRuntimeService,
    {
      handshake: unary((request: proto.LanguageHandshakeRequest) => {
        engine = request.getEngineAddress();
        return new proto.LanguageHandshakeResponse();
      }),
      getPluginInfo: unary(() => new plugin.PluginInfo()),
      // What the program needs is attached already: the CLI shall look for nothing.
      getRequiredPackages: unary(() => new proto.GetRequiredPackagesResponse()),
      run: unary(async (request: proto.RunRequest) => {
        const reply = new proto.RunResponse();
        const code = await run(request, engine, projectDir);
        if (code === errorWasLogged) reply.setBail(true);
        else if (code !== 0) reply.setError(`the program ended with exit code ${code}`);
        return reply;
      }),
    },
  ]);
  const { address, close } = await listenOnLoopback(server);
  return { variable: `nodejs:${address.split(":")[1]}`, close: () => close() };
}

function run(request: proto.RunRequest, engine: string, projectDir: string): Promise<number> {
  const entry = createRequire(join(projectDir, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const args = [
    entry,
    ...["--monitor", request.getMonitorAddress(), "--engine", engine],
    ...["--organization", request.getOrganization(), "--project", request.getProject()],
    ...["--stack", request.getStack(), "--root-directory", projectDir, "--pwd", projectDir],
    ...(request.getDryrun() ? ["--dry-run"] : []),
    ...["--parallel", String(request.getParallel()), "."],
  ];
  const child = spawn(process.execPath, args, {
    cwd: projectDir,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

if (import.meta.main) {
  const host = await serveLanguageHost(process.argv[2] ?? process.cwd());
  process.stdout.write(`${host.variable}\n`);
}
