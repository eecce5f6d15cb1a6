import type { Flow, FlowKind } from "../../providers/provider";
import type { LoginEnvironment } from "../loginUi";

export interface FlowWish {
  /** Tried first, where the provider has it. */
  preferred?: FlowKind;
  /** The only one that is tried. */
  only?: FlowKind;
  /** Whether the sign-in is one on the domain of an enterprise. */
  onDomain?: boolean;
}

/**
 * The flows to offer from here, best first. Whether a loopback redirect that may arrive really does, only the port
 * and the editor's answer about it tell, when it is tried.
 */
export function selectFlows(flows: readonly Flow[], environment: LoginEnvironment, { preferred, only, onDomain = false }: FlowWish): Flow[] {
  if (only) return byDomain(flows.filter(({ kind }) => kind === only), onDomain);
  const arriving = flows.filter(({ kind }) => kind !== "loopback" || preferred === "loopback" || mayReachLoopback(environment));
  const first = arriving.filter(({ kind }) => kind === preferred);
  return byDomain([...first, ...arriving.filter((flow) => !first.includes(flow))], onDomain);
}

/** How a flow is called where it is offered: “Sign in …”. */
export function flowName(flow: Flow): string {
  switch (flow.kind) {
    case "loopback":
      return "with the browser";
    case "device":
      return flow.onDomain ? "on an enterprise's own domain" : "with a device code";
    case "paste":
      return flow.showsCode ? "with a code to paste" : "with an address to paste";
  }
}

/**
 * Whether the person's browser may reach a port of this machine as `localhost`. A desktop editor forwards ports from
 * its remotes. In a browser, an editor that is reached as `localhost` is on this machine or behind a tunnel.
 */
function mayReachLoopback({ uiKind, remoteName, editorHost }: LoginEnvironment): boolean {
  switch (uiKind) {
    case "desktop":
      return true;
    case "web":
      return editorHost !== undefined && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(editorHost);
    case "terminal":
      return remoteName === undefined;
  }
}

/** An account of an enterprise begins with its domain; anybody else is asked for one only when they choose it. */
function byDomain(flows: readonly Flow[], onDomain: boolean): Flow[] {
  const fits = (flow: Flow) => (flow.kind === "device" && flow.onDomain === true) === onDomain;
  return [...flows.filter(fits), ...flows.filter((flow) => !fits(flow))];
}
