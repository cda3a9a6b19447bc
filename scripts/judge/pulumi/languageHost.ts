// A language host for the Pulumi CLI, attached by PULUMI_DEBUG_LANGUAGES: it starts Node programs as
// `pulumi-language-nodejs` does, which cannot be had from a registry.
// The protocol: proto/pulumi/language.proto in pulumi/pulumi.
import { spawn } from "node:child_process";
import { once } from "node:events";
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { engine as engineRoom } from "../../local/index.ts";

export interface LanguageHost {
  /** For `PULUMI_DEBUG_LANGUAGES`. */
  variable: string;
  close(): Promise<void>;
}

/** @param projectDir where the program and its `@pulumi/pulumi` lie */
export async function serveLanguageHost(projectDir: string): Promise<LanguageHost> {
  const { errorWasLogged, grpcServer, listenOnLoopback, unary } = await engineRoom();
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

async function run(request: proto.RunRequest, engine: string, projectDir: string): Promise<number> {
  const { programCommand } = await engineRoom();
  const { args, ...place } = programCommand({
    ...{ monitor: request.getMonitorAddress(), engine, projectDir, organization: request.getOrganization() },
    ...{ project: request.getProject(), stack: request.getStack(), dryRun: request.getDryrun() },
    parallel: request.getParallel(),
    config: Object.fromEntries(request.getConfigMap().entries()),
    secretKeys: request.getConfigsecretkeysList(),
  });
  const child = spawn(process.execPath, args, { ...place, stdio: ["ignore", "inherit", "inherit"] });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
