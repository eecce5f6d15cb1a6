import { aborted } from "../../common/aborted";
import { AIHubError } from "../../common/errors";
import type { LoopbackFlow } from "../../providers/provider";
import { listenOnLoopback, type LoopbackListener } from "../loopback";
import type { Attempt } from "./attempt";
import { asRegisteredRedirect, whereArrives } from "./redirectRule";

export interface OpenLoopback {
  listener: LoopbackListener;
  redirectUri: string;
}

/**
 * Listens on the first of the flow's ports that is free here and, where the editor forwards it, at the browser too.
 *
 * @param trusted the person says that their browser reaches this machine as `localhost`, whatever the editor knows
 * @returns `undefined` where no address of the editor's is one that the vendor takes.
 * @throws AIHubError `ports_in_use`, `cancelled`
 */
export async function openLoopback(flow: LoopbackFlow, { provider, ui }: Attempt, state: string, trusted: boolean, limited: AbortSignal): Promise<OpenLoopback | undefined> {
  for (const port of flow.anyPort ? [...flow.ports, 0] : flow.ports) {
    const listener = await listenOnLoopback(flow.path, port, state);
    if (!listener) continue;
    const localUri = `http://localhost:${listener.port}${flow.path}`;
    // Where the editor asks before it opens a tunnel, nobody may be there to answer. One that has no tunnel may fail.
    const externalUri = await Promise.race([ui.externalUri(localUri).catch(() => undefined), aborted(limited)]);
    const place = whereArrives(flow, listener.port, externalUri);
    if (!limited.aborted && externalUri !== undefined && place === "here") return { listener, redirectUri: asRegisteredRedirect(externalUri) };
    if (!limited.aborted && place === "elsewhere" && trusted) return { listener, redirectUri: localUri };
    await listener.close();
    if (limited.aborted) throw new AIHubError("cancelled");
    if (place === "elsewhere") return undefined;
  }
  throw new AIHubError("ports_in_use", { provider: provider.name, known: flow.ports.map(String) });
}
