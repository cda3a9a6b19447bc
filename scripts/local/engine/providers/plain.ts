// For providers that know no secret marks: takes the marks off on the way in, and puts them back on the way out.
import { annotateSecrets, reveal, type Properties } from "../values.ts";
import { NotReadyError, type ProviderClient } from "./provider.ts";

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
    async check(subject, { olds, news }) {
      const { inputs, failures } = await client.check(subject, {
        olds: olds && reveal(olds),
        news: reveal(news),
      });
      return { inputs: annotateSecrets(inputs, news), failures };
    },
    diff: (subject, request) =>
      client.diff(subject, {
        ...request,
        oldInputs: reveal(request.oldInputs),
        oldOutputs: reveal(request.oldOutputs),
        newInputs: reveal(request.newInputs),
      }),
    create: (subject, request) =>
      marked(client.create(subject, { ...request, inputs: reveal(request.inputs) }), request.inputs),
    update: (subject, request) =>
      marked(
        client.update(subject, {
          ...request,
          oldInputs: reveal(request.oldInputs),
          oldOutputs: reveal(request.oldOutputs),
          newInputs: reveal(request.newInputs),
        }),
        request.newInputs,
      ),
    delete: (subject, request) =>
      client.delete(subject, {
        ...request,
        inputs: reveal(request.inputs),
        outputs: reveal(request.outputs),
      }),
    async read(subject, { inputs, outputs }) {
      const found = await client.read(subject, { inputs: reveal(inputs), outputs: reveal(outputs) });
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
