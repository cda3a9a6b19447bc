// The embedded engine as others use it: runs a stack's program against local providers, without the Pulumi CLI.
export { runStack, type EngineEvent, type Op, type RunOptions, type RunResult } from "./engine/runStack.ts";
export { localPackages } from "./engine/packages.ts";
export { errorWasLogged, programCommand } from "./engine/program.ts";
export { collectingPackage } from "./engine/rendering.ts";
export { randomPackage } from "./engine/providers/random.ts";
export { exitCode, runLocalStack, type SessionOptions } from "./engine/session.ts";
export { grpcServer, listenOnLoopback, unary } from "./loopbackServer.ts";
