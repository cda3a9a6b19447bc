// The local control plane: real Kubernetes programs on loopback, with own ports and certificates.
import { rm } from "node:fs/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EnvironmentPaths } from "./processes/paths.ts";
import { Program } from "./processes/program.ts";
import type { ComponentStatus, Part } from "./processes/status.ts";
import { registerGatewayApi } from "./controlPlane/gatewayApi.ts";
import { buildKubeconfig } from "./controlPlane/kubeconfig.ts";
import { registerMetricsApi } from "./controlPlane/metricsApi.ts";
import { ensurePki, type CertificateName, type Pki } from "./controlPlane/pki.ts";
import type { Ports } from "./controlPlane/ports.ts";
import {
  controlPlanePrograms,
  metricsServer,
  type ControlPlaneTools,
  type ProgramInputs,
} from "./controlPlane/programs.ts";

export interface ControlPlaneOptions {
  tools: ControlPlaneTools & { "metrics-server"?: string };
  paths: EnvironmentPaths;
  ports: Ports;
  /** File with the Gateway API's definitions, where it could be had. */
  gatewayApi?: string | undefined;
}

export class ControlPlane implements Part {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly pki: Pki;
  /** In the order in which they start. */
  readonly #programs: Program[];
  readonly #inputs: ProgramInputs;
  readonly #options: ControlPlaneOptions;

  private constructor(options: ControlPlaneOptions, inputs: ProgramInputs, server: string) {
    this.server = server;
    this.kubeconfig = options.paths.kubeconfig;
    this.pki = inputs.pki;
    this.#programs = controlPlanePrograms(inputs).map((spec) => new Program(spec, options.paths));
    this.#inputs = inputs;
    this.#options = options;
  }

  /** Writes certificates and kubeconfigs; starts nothing yet. */
  static async prepare(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { paths, ports } = options;
    const pki = await ensurePki(paths.pki, new Date());
    const server = `https://127.0.0.1:${ports.apiServer}`;
    const write = (file: string, user: CertificateName): string => {
      const text = buildKubeconfig(server, pki.authority.certificate, user, pki.pairs[user]);
      writeFileSync(file, text, { mode: 0o600 });
      return file;
    };
    write(paths.kubeconfig, "admin");
    mkdirSync(join(paths.state, "kubeconfigs"), { recursive: true, mode: 0o700 });
    const component = (user: CertificateName): string => write(join(paths.state, "kubeconfigs", user), user);
    const inputs: ProgramInputs = {
      ...options,
      pki,
      kubeconfigs: {
        controllerManager: component("controllerManager"),
        scheduler: component("scheduler"),
        kwok: component("kwok"),
        metricsServer: component("metricsServer"),
      },
    };
    return new ControlPlane(options, inputs, server);
  }

  /** Starts every program that does not run, and returns when all are ready. */
  async start(signal?: AbortSignal): Promise<void> {
    const [etcd, apiServer, ...others] = this.#programs;
    const { gatewayApi, tools } = this.#options;
    await etcd!.start(signal);
    await apiServer!.start(signal);
    await Promise.all([
      ...others.map((program) => program.start(signal)),
      tools["metrics-server"] === undefined
        ? undefined
        : this.joinMetricsServer(tools["metrics-server"], signal),
      gatewayApi === undefined ? undefined : registerGatewayApi(this.kubeconfig, gatewayApi, signal),
    ]);
  }

  /** Starts metrics-server, unless it runs already: nothing but HPAs and `kubectl top` waits for it. */
  async joinMetricsServer(executable: string, signal?: AbortSignal): Promise<void> {
    const spec = metricsServer(executable, this.#inputs);
    let program = this.#programs.find(({ spec: { name } }) => name === spec.name);
    if (!program) this.#programs.push((program = new Program(spec, this.#options.paths)));
    // An API that is registered and does not answer would keep namespaces from ending.
    await program.start(signal);
    const { ports } = this.#options;
    await registerMetricsApi(this.kubeconfig, ports.metricsServer, this.pki.authority.certificate);
  }

  async stop(): Promise<void> {
    const [etcd, apiServer, ...others] = this.#programs;
    await Promise.all(others.map((program) => program.stop()));
    await apiServer!.stop();
    await etcd!.stop();
  }

  /** Empties the cluster: the same ports, certificates and kubeconfigs, and no objects. */
  async reset(signal?: AbortSignal): Promise<void> {
    await this.stop();
    await rm(this.#options.paths.etcd, { recursive: true, force: true });
    await this.start(signal);
  }

  components(): ComponentStatus[] {
    return this.#programs.map((program) => program.status);
  }
}
