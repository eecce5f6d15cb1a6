import { startCli, type CliResult } from "./cli";
import type { Scene } from "./useSandbox";

/** Signs in on the command line, by the browser's redirect or by device code. */
export async function signIn({ person, env }: Scene, provider: string, decision: "authorize" | "deny" = "authorize"): Promise<CliResult> {
  const run = startCli(["auth", "login", provider, "--no-browser"], env);
  const [, url = ""] = await run.output(/(https:\/\/\S+)/);
  if (provider === "github-copilot") {
    const [, userCode = ""] = await run.output(/^ {2}(\S+-\S+)$/m);
    await person.enterDeviceCode(url, userCode, decision);
  } else {
    await person.consent(url, decision);
  }
  return run.result;
}
