// Images of others that the stacks run from Docker Hub, as base's registry can keep copies of them.
// Docker Hub counts anonymous pulls by address, and all nodes of a cluster leave by one: https://docs.docker.com/docker-hub/usage/

export const dockerHub = "docker.io/";

/** Repositories there. A test holds them against the manifests. */
export const copiedRepositories = [
  "grafana/grafana",
  "library/node",
  "library/traefik",
  "nginxinc/nginx-unprivileged",
  "prom/prometheus",
] as const;
