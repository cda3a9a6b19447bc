// The npm package: the component as one module that runs everywhere Pulumi does, its types, the manifests, and the program
// that it ships, built already.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";
import ts from "typescript";
import { entryFile, shippedAs } from "../../balancer/index.ts";
import { bundle } from "../../stacks/deploy/bundle.ts";

const root = join(import.meta.dirname, "..", "..");
const component = join(root, "stacks", "deploy", "balancer", "SpotBalancer.ts");

/** Folders of k8s/ that the component reads. */
const folders = ["balancer", "placeholder", "namespaces", "prometheus/rules", "grafana/dashboards"];

/** Below the package's root as deep as stacks/deploy is below ours, since both find k8s/ by that. */
const lib = "lib/deploy";

export async function writePackage(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, lib), { recursive: true });
  for (const folder of folders)
    cpSync(join(root, "k8s", folder), join(out, "k8s", folder), { recursive: true });
  await esbuild.build({
    entryPoints: [component],
    outfile: join(out, lib, "index.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    external: ["@pulumi/pulumi"],
    keepNames: true,
    banner: shippedAs.banner,
    plugins: [builtProgram],
    logLevel: "silent",
  });
  const { gzip, sha256 } = await bundle(entryFile);
  writeFileSync(join(out, lib, "program.gz"), gzip);
  writeFileSync(join(out, lib, "program.sha256"), sha256);
  cpSync(join(root, "stacks", "deploy", "unpack.js"), join(out, lib, "unpack.js"));
  const { outputText } = ts.transpileDeclaration(readFileSync(component, "utf8"), {
    fileName: component,
    compilerOptions: { isolatedDeclarations: true, target: ts.ScriptTarget.ES2024 },
  });
  writeFileSync(join(out, lib, "index.d.ts"), outputText);
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest(), undefined, 2)}\n`);
  for (const file of ["LICENSE", "component/README.md"]) cpSync(join(root, file), join(out, basename(file)));
}

/** In the package nobody has the balancer's source, or esbuild: what it would make is there. */
const builtProgram: esbuild.Plugin = {
  name: "built-program",
  setup(build) {
    const path = join(import.meta.dirname, "builtProgram.ts");
    build.onResolve({ filter: /\/bundle\.ts$/ }, () => ({ path }));
  },
};

function manifest(): object {
  const { name, version, license, dependencies } = JSON.parse(
    readFileSync(join(root, "component", "package.json"), "utf8"),
  ) as { name: string; version: string; license: string; dependencies: Record<string, string> };
  const entry = `./${lib}/index`;
  return {
    name,
    version,
    license,
    description: "Pulumi component: moves idle and unimportant workloads to spot nodes, and back",
    type: "module",
    engines: { node: ">=22" },
    exports: { ".": { types: `${entry}.d.ts`, default: `${entry}.js` } },
    peerDependencies: { "@pulumi/pulumi": `^${dependencies["@pulumi/pulumi"]}` },
  };
}
