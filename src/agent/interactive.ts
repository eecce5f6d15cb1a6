import { initTheme, InteractiveMode } from "@mariozechner/pi-coding-agent";
import type { AgentRuntime } from "./runtime";

/** Pi's interactive interface, until the person leaves it. */
export async function runInteractive({ runtime }: AgentRuntime): Promise<void> {
  initTheme(undefined, true);
  await new InteractiveMode(runtime).run();
}
