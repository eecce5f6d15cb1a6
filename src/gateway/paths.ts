import { join } from "node:path";

/** The gateway's config. */
export function configFile(home: string): string {
  return join(home, "aihub.json");
}

/** The only place that the gateway reads model credentials from. */
export function gatewayAuthFile(home: string): string {
  return join(home, "auth.json");
}

/** Providers and models that the gateway knows beside Pi's own. */
export function modelsFile(home: string): string {
  return join(home, "models.json");
}
