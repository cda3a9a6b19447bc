// The programs that the local environment needs: where each comes from, and which versions of it will do.
import { moduleDir as traefikModule, trimmed as trimmedTraefik } from "./traefik/build.ts";
import { atLeast, sameMinor, type Version } from "./version.ts";

export interface ToolSpec {
  /** Name of the executable. */
  name: string;
  /** Module of go.mod that says which version is wanted. */
  module: string;
  /** Go package of the program. */
  package: string;
  /** Whether a version that was found on this machine will do; without it the wanted one has to be exact. */
  compatible?: (found: Version, wanted: Version) => boolean;
  /** Release that belongs to the module's version, when the two are counted differently. */
  release?: (wanted: Version) => Version;
  tags?: string[];
  /** Folder of a go.mod of its own, when it does not go together with the others. */
  moduleDir?: string;
  /** Makes the source smaller, in a folder that is there for it; returns arguments for `go build`. */
  prepare?: (go: string, folder: string, signal: AbortSignal) => Promise<string[]>;
  /** How it is asked for its version; default: `--version`. */
  versionArguments?: string[];
  /** Go variables that hold the program's version. */
  versionVariables?: string[];
  /** Where the official release lies, for a version and platform in Go's words (`linux`, `amd64`). */
  download?: (version: string, os: string, arch: string) => Download;
}

/** A release on dl.k8s.io or GitHub: the executable itself, or an archive that has it as `member`. */
export type Download =
  | { from: "kubernetes"; path: string }
  | { from: "github"; repository: string; tag: string; asset: string; member?: string };

const kubernetes = (name: string): ToolSpec => ({
  name,
  module: "k8s.io/kubernetes",
  package: `k8s.io/kubernetes/cmd/${name}`,
  compatible: sameMinor,
  versionVariables: ["k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"],
  download: (version, os, arch) => ({
    from: "kubernetes",
    path: `release/v${version}/bin/${os}/${arch}/${name}`,
  }),
});

const prometheus = (name: string): ToolSpec => ({
  name,
  module: "github.com/prometheus/prometheus",
  package: `github.com/prometheus/prometheus/cmd/${name}`,
  // Prometheus 3.15.0 is version 0.315.0 of its Go module.
  release: ({ minor, patch }) => ({ major: Math.floor(minor / 100), minor: minor % 100, patch }),
  compatible: (found) => atLeast(found, "3.0.0"),
  // The other service discoveries bring the client of every cloud, which doubles the time to build.
  tags: ["remove_all_sd", "enable_kubernetes_sd"],
  versionVariables: ["github.com/prometheus/common/version.Version"],
  download: (version, os, arch) => {
    const folder = `prometheus-${version}.${os}-${arch}`;
    const asset = `${folder}.tar.gz`;
    const member = `${folder}/${name}`;
    return { from: "github", repository: "prometheus/prometheus", tag: `v${version}`, asset, member };
  },
});

const specs = {
  etcd: {
    name: "etcd",
    module: "go.etcd.io/etcd/server/v3",
    package: "go.etcd.io/etcd/server/v3",
    compatible: (found) => atLeast(found, "3.6.0") && found.major === 3,
    download: (version, os, arch) => {
      const folder = `etcd-v${version}-${os}-${arch}`;
      const asset = `${folder}.${os === "linux" ? "tar.gz" : "zip"}`;
      return {
        from: "github",
        repository: "etcd-io/etcd",
        tag: `v${version}`,
        asset,
        member: `${folder}/etcd`,
      };
    },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kwok: {
    name: "kwok",
    module: "sigs.k8s.io/kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    compatible: sameMinor,
    versionVariables: ["sigs.k8s.io/kwok/pkg/consts.Version"],
    download: (version, os, arch) => ({
      from: "github",
      repository: "kubernetes-sigs/kwok",
      tag: `v${version}`,
      asset: `kwok-${os}-${arch}`,
    }),
  },
  "metrics-server": {
    name: "metrics-server",
    module: "sigs.k8s.io/metrics-server",
    package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
    compatible: (found) => atLeast(found, "0.8.0"),
    versionVariables: ["k8s.io/client-go/pkg/version.gitVersion"],
    download: (version, os, arch) => ({
      from: "github",
      repository: "kubernetes-sigs/metrics-server",
      tag: `v${version}`,
      asset: `metrics-server-${os}-${arch}`,
    }),
  },
  prometheus: prometheus("prometheus"),
  promtool: prometheus("promtool"),
  node_exporter: {
    name: "node_exporter",
    module: "github.com/prometheus/node_exporter",
    package: "github.com/prometheus/node_exporter",
    compatible: (found) => atLeast(found, "1.9.0"),
    versionVariables: ["github.com/prometheus/common/version.Version"],
    download: (version, os, arch) => {
      const folder = `node_exporter-${version}.${os}-${arch}`;
      return {
        from: "github",
        repository: "prometheus/node_exporter",
        tag: `v${version}`,
        asset: `${folder}.tar.gz`,
        member: `${folder}/node_exporter`,
      };
    },
  },
  // Released as an image only, so without Go it cannot be had.
  "kube-state-metrics": {
    name: "kube-state-metrics",
    module: "k8s.io/kube-state-metrics/v2",
    package: "k8s.io/kube-state-metrics/v2",
    compatible: sameMinor,
    versionArguments: ["version"],
    versionVariables: ["github.com/prometheus/common/version.Version"],
  },
  traefik: {
    name: "traefik",
    module: "github.com/traefik/traefik/v3",
    package: "github.com/traefik/traefik/v3/cmd/traefik",
    compatible: (found) => atLeast(found, "3.7.0"),
    versionArguments: ["version"],
    versionVariables: ["github.com/traefik/traefik/v3/pkg/version.Version"],
    moduleDir: traefikModule,
    prepare: trimmedTraefik,
    download: (version, os, arch) => ({
      from: "github",
      repository: "traefik/traefik",
      tag: `v${version}`,
      asset: `traefik_v${version}_${os}_${arch}.tar.gz`,
      member: "traefik",
    }),
  },
} satisfies Record<string, ToolSpec>;

export type ToolName = keyof typeof specs;

export const toolSpecs: Readonly<Record<ToolName, ToolSpec>> = specs;

/** What a local environment runs. */
export const environmentTools = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "metrics-server",
  "prometheus",
  "node_exporter",
] as const satisfies ToolName[];

/** What it runs where it can be had: without them some series and alerts are missing, and the gateway. */
export const optionalTools = ["kube-state-metrics", "traefik"] as const satisfies ToolName[];
