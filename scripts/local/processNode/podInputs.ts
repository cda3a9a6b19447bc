// Everything a pod's processes are started with: volumes written, environment and command resolved and
// translated. What is missing is collected and thrown as one ConfigError.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { V1Container, V1Pod } from "@kubernetes/client-node";
import { resolveCommand, type Program } from "./command.ts";
import { containerEnvironment } from "./containerEnvironment.ts";
import type { ProcessSpec } from "./containerProcess.ts";
import { expand } from "./expand.ts";
import type { NodeContext } from "./nodeContext.ts";
import type { PodFacts } from "./podFields.ts";
import { SourceReader, type Sources } from "./sources.ts";
import { serviceReferences, translate, type Places } from "./translate.ts";
import { volumeFiles } from "./volumeFiles.ts";
import { mountPlaces, podDirectory, volumeDirectories, writeFiles } from "./volumes.ts";

/** The manifest names something that is not there, or that this node has not. It may come: worth another try. */
export class ConfigError extends Error {}

export class PodInputs {
  private readonly context: NodeContext;
  private readonly pod: V1Pod;
  private readonly facts: PodFacts;
  private readonly reader: SourceReader;
  private readonly directories: Map<string, string>;
  private readonly mounts: Map<string, string>;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(context: NodeContext, pod: V1Pod, podIP: string) {
    this.context = context;
    this.pod = pod;
    this.facts = { podIP, nodeName: context.nodeName };
    this.reader = new SourceReader(context.api);
    this.directories = volumeDirectories(context.rootDir, pod);
    this.mounts = mountPlaces(pod, this.directories);
  }

  logFile(container: string): string {
    return join(podDirectory(this.context.rootDir, this.pod), `${container}.log`);
  }

  /** Reads what the pod refers to and writes its volumes; done again, it brings them up to date. */
  writeVolumes(): Promise<Sources> {
    // One after the other: several containers of a pod may start at the same time.
    const written = this.writing.then(() => this.readAndWrite());
    this.writing = written.catch(() => undefined);
    return written;
  }

  private async readAndWrite(): Promise<Sources> {
    const sources = await this.reader.read(this.pod);
    const texts = [...sources.configMaps.values()].flatMap(({ data }) => Object.values(data ?? {}));
    const places = await this.places(texts);
    const problems: string[] = [];
    const contents = (this.pod.spec?.volumes ?? []).map((volume) => {
      const result = volumeFiles(this.pod, volume, sources, this.facts, (text) => translate(text, places));
      problems.push(...result.problems);
      return { volume, files: result.files };
    });
    if (problems.length > 0) throw new ConfigError(problems.join("; "));
    for (const { volume, files } of contents) {
      if (volume.hostPath) continue;
      const directory = this.directories.get(volume.name) as string;
      // Processes write into these two kinds themselves.
      if (volume.emptyDir || volume.persistentVolumeClaim)
        await mkdir(directory, { recursive: true, mode: 0o700 });
      else await writeFiles(directory, files);
    }
    return sources;
  }

  /** What to start for the container. Throws ConfigError when something is missing. */
  async processSpec(container: V1Container, sources: Sources): Promise<ProcessSpec> {
    const base = await this.baseVariables();
    const { values, secret, problems } = containerEnvironment(this.pod, container, base, sources, this.facts);
    if (problems.length > 0) throw new ConfigError(problems.join("; "));
    const command = (container.command ?? []).map((word) => expand(word, values));
    const args = (container.args ?? []).map((word) => expand(word, values));
    const places = await this.places([...values.values(), ...command, ...args]);
    const local = (text: string) => translate(text, places);
    const { metadata } = this.pod;
    const ownDirectory = join(podDirectory(this.context.rootDir, this.pod), container.name);
    await mkdir(ownDirectory, { recursive: true, mode: 0o700 });

    const env: Record<string, string> = {
      PATH: process.env["PATH"] ?? "",
      HOME: ownDirectory,
      HOSTNAME: metadata?.name ?? "",
      TMPDIR: this.mounts.get("/tmp") ?? ownDirectory,
    };
    for (const [name, value] of values) env[name] = secret.has(name) ? value : local(value);
    const program = this.resolve(container, command.map(local), args.map(local));
    const name = `${metadata?.namespace}/${metadata?.name}/${container.name}`;
    return {
      ...program,
      env,
      cwd: ownDirectory,
      logFile: this.logFile(container.name),
      runDir: this.context.runDir,
      name,
    };
  }

  private resolve(container: V1Container, command: string[], args: string[]): Program {
    try {
      return resolveCommand(container, command, args, this.context.executables, [
        ...this.directories.values(),
      ]);
    } catch (error) {
      throw new ConfigError((error as Error).message);
    }
  }

  private async places(texts: string[]): Promise<Places> {
    const services = new Map<string, string>();
    for (const { key, namespace, service, port } of serviceReferences(texts))
      services.set(key, await this.context.openService(namespace, service, port));
    return { paths: this.mounts, services };
  }

  /** Where the API server is, as every container of a pod is told. */
  private async baseVariables(): Promise<Map<string, string>> {
    const [host = "", port = ""] = (await this.context.openService("default", "kubernetes", 443)).split(":");
    return new Map([
      ["KUBERNETES_SERVICE_HOST", host],
      ["KUBERNETES_SERVICE_PORT", port],
      ["KUBERNETES_SERVICE_PORT_HTTPS", port],
    ]);
  }
}
