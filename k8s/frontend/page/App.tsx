// The page: what runs where, how busy it is, and what the balancer does about it.
import { Actions } from "./parts/Actions.tsx";
import { Autoscalers } from "./parts/Autoscalers.tsx";
import { Charts } from "./parts/Charts.tsx";
import { Events } from "./parts/Events.tsx";
import { Header } from "./parts/Header.tsx";
import { Pools } from "./parts/Pools.tsx";
import { Processes } from "./parts/Processes.tsx";

export function App() {
  return (
    <>
      <Header />
      <main>
        <Pools />
        <Actions />
        <Charts />
        <Events />
        <Autoscalers />
        <Processes />
      </main>
    </>
  );
}
