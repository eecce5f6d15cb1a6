import { findSignIns, takeOver, type Found, type FoundSignIn } from "../auth/importSignIns";
import { AIHubError } from "../common/errors";
import { onFirstSignal } from "../common/signals";
import { aihubHome } from "../store/paths";
import { authLogin } from "./authLogin";
import { openStore } from "./context";
import { createLineReader } from "./lineReader";
import { chooseInTerminal } from "./terminalChoice";

const warning = `A sign-in has one owner: each renewal makes every other copy of it useless, and two programs that both renew log
each other out. So AIHub never renews a sign-in that it took over: it reads what the other program renews, and works
while that program does. A sign-in of AIHub's own has no such limit.`;

const keychain = "On macOS, Claude Code keeps its sign-in in the Keychain, which is not read here. Sign in with `aihub auth login anthropic`.";

type Decision = "sign_in" | "take_over" | "skip";

/** `aihub auth import` */
export async function authImport({ from, yes, json }: { from?: string; yes?: boolean; json?: boolean }): Promise<void> {
  const store = await openStore();
  const look = async () => findSignIns(await store.read(), aihubHome(), from);
  const found = await look();
  if (json) {
    if (yes) await takeOver(store, fresh(found));
    console.log(JSON.stringify(forPrograms(yes ? await look() : found), null, 2));
    return;
  }
  for (const { message } of found.problems) console.error(message);
  if (process.platform === "darwin") console.error(keychain);
  if (found.signIns.length === 0) console.log("No sign-ins of other programs were found.");
  for (const signIn of found.signIns) console.log(line(signIn));
  if (fresh(found).length === 0) return;
  console.error(`\n${warning}\n`);
  const decisions = yes ? fresh(found).map((signIn) => ({ signIn, decision: "take_over" as const })) : await decide(fresh(found));
  const wanted = decisions.filter(({ decision }) => decision === "take_over").map(({ signIn }) => signIn);
  for (const { label, from, profile } of await takeOver(store, wanted)) console.log(`Took over ${label} from ${from.name} (${profile})`);
  for (const { signIn, decision } of decisions) if (decision === "sign_in") await authLogin(signIn.provider.id, { browser: true });
}

/** Asks about each before anything is done: a sign-in takes the terminal for itself. */
async function decide(signIns: readonly FoundSignIn[]): Promise<{ signIn: FoundSignIn; decision: Decision }[]> {
  const input = createLineReader();
  const cancel = new AbortController();
  const onInterrupt = () => cancel.abort();
  const listening = onFirstSignal(["SIGINT"], onInterrupt);
  try {
    const decisions = [];
    for (const signIn of signIns) {
      const { provider, from, label } = signIn;
      const options = [
        { id: "sign_in", label: `Sign in to ${provider.name} with AIHub`, detail: "recommended" },
        { id: "take_over", label: `Take it over from ${from.name}, which goes on renewing it` },
        { id: "skip", label: "Leave it" },
      ] as const;
      const decision = await chooseInTerminal<Decision>({ title: label, prompt: `${label}, from ${from.name}:`, options }, input, cancel.signal, onInterrupt);
      if (decision === undefined) throw new AIHubError(cancel.signal.aborted ? "cancelled" : "nobody_to_ask");
      decisions.push({ signIn, decision });
    }
    return decisions;
  } finally {
    input.close();
    listening.dispose();
  }
}

function fresh({ signIns }: Found): FoundSignIn[] {
  return signIns.filter(({ state }) => state === "new");
}

function line({ from, provider, label, file, state, profile }: FoundSignIn): string {
  const states = { new: "not here yet", known: `here already as ${profile}`, taken_over: `taken over already as ${profile}` };
  return `  - ${from.name} · ${provider.name} · ${label} · ${file} · ${states[state]}`;
}

function forPrograms({ signIns, problems }: Found) {
  return {
    found: signIns.map(({ from, provider, label, file, credential, state, profile }) => ({
      ...{ from: from.id, provider: provider.id, label, file, expires: credential.expires, state },
      profileId: profile ?? null,
    })),
    problems: problems.map(({ details, message }) => ({ file: details.file, message })),
  };
}
