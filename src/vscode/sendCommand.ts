import * as vscode from "vscode";
import { streamAgent } from "../agent/stream";
import type { Agent } from "../gateway/agent";
import type { RunEvent } from "../gateway/protocol";
import { sendMessage as sendToGateway } from "../gateway/sendMessage";
import { chooseAgent } from "./agentPicker";
import { endpoint, gatewayOf } from "./gatewayConnection";
import type { Services } from "./services";
import { agentName } from "../gateway/agent";

/** “AIHub: Send Message to Agent”: through the gateway where it runs and knows the agent, else in a process of our own. */
export async function sendMessage(services: Services, named?: unknown): Promise<void> {
  const title = "AIHub: Send Message to Agent";
  const agent = await chooseAgent(services, title, named);
  if (!agent) return;
  const name = agentName(agent);
  const message = await vscode.window.showInputBox({ title, prompt: `Message to ${name}`, ignoreFocusOut: true });
  if (!message?.trim()) return;
  const channel = channelOf(services, name);
  channel.show(true);
  channel.append(`> ${message}\n\n`);
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title: `${name} answers` };
  await vscode.window.withProgress(options, async (_progress, token) => {
    const abort = new AbortController();
    const listener = token.onCancellationRequested(() => abort.abort());
    try {
      await answer(services, agent, message, (text) => channel.append(text), abort.signal);
      channel.append("\n\n");
    } finally {
      listener.dispose();
    }
  });
}

async function answer(services: Services, agent: Agent, message: string, show: (text: string) => void, signal: AbortSignal): Promise<void> {
  const known = await gatewayOf(services).ready();
  const gateway = known?.agents.has(agent.id) ? await endpoint(services) : undefined;
  if (!gateway) return streamAgent(services.distribution, services.home, agent.id, message, show, signal);
  const onEvent = (event: RunEvent) => {
    if (event.type === "text") show(event.data);
    if (event.type === "tool_call") show(`\n[${event.name}]\n`);
  };
  return sendToGateway(gateway, { agentId: agent.id, text: message }, onEvent, signal);
}

const channels = new Map<string, vscode.OutputChannel>();

/** One channel an agent: its conversation. */
function channelOf({ subscriptions }: Services, name: string): vscode.OutputChannel {
  const known = channels.get(name);
  if (known) return known;
  const channel = vscode.window.createOutputChannel(`AIHub: ${name}`, "markdown");
  channels.set(name, channel);
  subscriptions.push(channel);
  return channel;
}
