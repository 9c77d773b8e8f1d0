/** Starts the dashboard. */
import { createRoot } from "react-dom/client";
import { App } from "./shell/App.tsx";
import "./styles/index.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
