import type { Fault } from "../sandbox/faults";
import type { Account } from "../sandbox/persons";
import type { SandboxRequest, Vendor } from "../sandbox/types";

/** The sandbox's controls from another process, such as the extension host. */
export function sandboxControl(url: string) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, url), { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return {
    requests: () => call("GET", "/requests") as Promise<SandboxRequest[]>,
    reuseDetected: () => call("GET", "/reuse-detected") as Promise<number>,
    signIn: (vendor: Vendor, account: Account) => call("POST", "/persons", { vendor, account }),
    addFault: (fault: Fault) => call("POST", "/faults", fault),
    revokeAccount: (vendor: Vendor, account: string) => call("POST", "/revoke", { vendor, account }),
  };
}
