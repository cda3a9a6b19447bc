// For providers that know no secret marks: takes the marks off on the way in, and puts them back on the way out.
import { annotateSecrets, reveal, type Properties } from "../values.ts";
import { NotReadyError, type ProviderClient } from "./provider.ts";

const properties = ["olds", "news", "oldInputs", "oldOutputs", "newInputs", "inputs", "outputs"];

/** A request with its properties in clear. */
const bare = <Request extends object>(request: Request): Request =>
  Object.fromEntries(
    Object.entries(request).map(([key, value]: [string, Properties | undefined]) => [
      key,
      value && properties.includes(key) ? reveal(value) : value,
    ]),
  ) as Request;

/** Wraps a provider that works on plain values. Marks that it sets itself (a generated password) are kept. */
export function withoutSecretMarks(client: ProviderClient): ProviderClient {
  const marked = async <T extends { outputs: Properties }>(
    call: Promise<T>,
    marks: Properties,
  ): Promise<T> => {
    try {
      const reply = await call;
      return { ...reply, outputs: annotateSecrets(reply.outputs, marks) };
    } catch (error) {
      if (!(error instanceof NotReadyError)) throw error;
      throw new NotReadyError(error.id, annotateSecrets(error.outputs, marks), error.reasons);
    }
  };
  return {
    async check(subject, request) {
      const { inputs, failures } = await client.check(subject, bare(request));
      return { inputs: annotateSecrets(inputs, request.news), failures };
    },
    diff: (subject, request) => client.diff(subject, bare(request)),
    create: (subject, request) => marked(client.create(subject, bare(request)), request.inputs),
    update: (subject, request) => marked(client.update(subject, bare(request)), request.newInputs),
    delete: (subject, request) => client.delete(subject, bare(request)),
    async read(subject, { inputs, outputs }) {
      const found = await client.read(subject, bare({ inputs, outputs }));
      return (
        found && {
          id: found.id,
          inputs: annotateSecrets(found.inputs, inputs),
          outputs: annotateSecrets(annotateSecrets(found.outputs, outputs), inputs),
        }
      );
    },
    invoke: (token, args) => client.invoke(token, reveal(args)),
    close: () => client.close(),
  };
}
