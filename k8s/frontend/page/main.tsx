// The page's entry.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";
import "./style/frame.css";
import "./style/pools.css";
import "./style/parts.css";
import { App } from "./App.tsx";
import { start } from "./state/store.ts";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element #root");
start();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
