import { initTheme, InteractiveMode, type AgentSessionRuntime } from "@mariozechner/pi-coding-agent";

/** Pi's interactive interface, until the person leaves it. */
export async function runInteractive(runtime: AgentSessionRuntime): Promise<void> {
  initTheme(undefined, true);
  await new InteractiveMode(runtime).run();
}
