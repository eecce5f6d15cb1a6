import { Option, type Command } from "commander";
import { flowKinds } from "../providers/provider";
import type { LoginArguments } from "./authLogin";
import { addExamples } from "./help";

const providerOrProfile = "a provider, or one of its profiles (anthropic:work)";

/** `aihub auth …` */
export function addAuthCommands(program: Command): void {
  const auth = program.command("auth").description("sign in, see who is signed in, sign out");

  const login = auth
    .command("login")
    .argument("[provider]", "anthropic, openai-codex or github-copilot; asked for if not given")
    .option("--profile <name>", "sign in on this profile (work, or anthropic:work)")
    .addOption(new Option("--flow <flow>", "the only way to try").choices(flowKinds))
    .option("--domain <domain>", "the domain of your enterprise, for github-copilot (example.ghe.com)")
    .option("--no-browser", "only print the address, do not open a browser")
    .description("sign in to a provider")
    .action(async (provider: string | undefined, options: LoginArguments) => (await import("./authLogin")).authLogin(provider, options));
  addExamples(login, "aihub auth login", "aihub auth login anthropic --profile work", "aihub auth login openai-codex --flow device --no-browser   # on a machine without a browser");

  const status = auth
    .command("status")
    .option("--json", "print JSON for programs")
    .description("show who is signed in, and until when")
    .action(async (options: { json?: boolean }) => (await import("./authStatus")).authStatus(options));
  addExamples(status, "aihub auth status", "aihub auth status --json | jq -r '.profiles[].id'");

  const logout = auth
    .command("logout")
    .argument("<provider|profile>", providerOrProfile)
    .option("--yes", "do not ask")
    .description("sign out, here and at the provider where it can be done")
    .action(async (name: string, options: { yes?: boolean }) => (await import("./authLogout")).authLogout(name, options));
  addExamples(logout, "aihub auth logout openai-codex", "aihub auth logout anthropic:work --yes");

  const token = auth
    .command("token")
    .argument("<provider|profile>", providerOrProfile)
    .description("print a fresh token and nothing else")
    .action(async (name: string) => (await import("./authToken")).authToken(name));
  addExamples(token, "aihub auth token anthropic", "aihub auth token anthropic:work | my-program --token-from-stdin");

  addProfilesCommands(auth);
  addImportCommand(auth);
}

function addProfilesCommands(auth: Command): void {
  const profiles = auth.command("profiles").description("list the profiles, or set their order");
  const list = profiles
    .command("list", { isDefault: true })
    .option("--json", "print JSON for programs")
    .description("list the profiles, those that come first before the others")
    .action(async (options: { json?: boolean }) => (await import("./authProfiles")).authProfiles(options));
  addExamples(list, "aihub auth profiles", "aihub auth profiles --json");
  const order = profiles
    .command("order")
    .argument("<provider>", "a provider")
    .argument("<profile...>", "its profiles, the first to be used first; others follow as before")
    .description("set which profile is used where an agent names none")
    .action(async (provider: string, names: string[]) => (await import("./authProfiles")).authProfilesOrder(provider, names));
  addExamples(order, "aihub auth profiles order anthropic anthropic:work anthropic:default");
}

function addImportCommand(auth: Command): void {
  const command = auth
    .command("import")
    .option("--from <program>", "only what this program has: claude-code, codex, gateway, pi, cli-proxy-api or opencode")
    .option("--yes", "take over everything that is found, without asking")
    .option("--json", "print JSON for programs; without --yes it only lists")
    .description("find the sign-ins of other programs, and sign in afresh or take them over")
    .action(async (options: { from?: string; yes?: boolean; json?: boolean }) => (await import("./authImport")).authImport(options));
  addExamples(command, "aihub auth import", "aihub auth import --from codex --yes", "aihub auth import --json   # only looks");
}
