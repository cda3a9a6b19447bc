// Whether room would help a pod that waits, in the words of the scheduler.

/**
 * `0/5 nodes are available: 1 Insufficient cpu, 4 node(s) had untolerated taint {a: b}. preemption: …`
 * (`pkg/scheduler/framework/types.go`, FitError). Each node is refused by the first plugin that objects, and room is asked
 * for late; so what is named otherwise would stand in the way on an empty node as well. Only the plugin that counts room
 * names all that a node lacks. Another scheduler's words (Volcano, Kueue) say nothing here.
 */
export function saysNoRoomHelps(message: string | undefined): boolean {
  const [, total, reasons] =
    /^0\/(\d+) nodes are available: (.*?)(?: preemption: .*)?$/s.exec(message ?? "") ?? [];
  if (reasons === undefined) return /persistentvolumeclaim/i.test(message ?? "");
  let namesRoom = false;
  let others = 0; // nodes that another plugin refuses
  let lacking = 0; // nodes that lack what nobody here can make room of, a GPU for instance
  for (const [, count, reason] of reasons.matchAll(/(?<=^|, )(\d+) (.+?)(?=, \d+ |$)/gs)) {
    if (room.test(reason!)) namesRoom = true;
    else if (/^Insufficient /.test(reason!)) lacking = Math.max(lacking, Number(count));
    else others += Number(count);
  }
  return !namesRoom || Number(total) - others - lacking <= 0;
}

const room = /Insufficient (cpu|memory|ephemeral-storage)|Too many pods|max volume count/i;
