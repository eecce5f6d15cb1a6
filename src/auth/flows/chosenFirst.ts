import { AIHubError } from "../../common/errors";
import type { Flow } from "../../providers/provider";
import { answerLimit, inTime } from "../inTime";
import type { SignInRequest } from "../signInRequest";
import { flowName } from "./selectFlows";

/**
 * The ways in the order in which they are tried: where the person chooses one beforehand, from that one on.
 * @throws AIHubError `cancelled`, `login_timed_out`
 */
export async function chosenFirst(flows: readonly Flow[], { provider, ui, signal, timeLimit = answerLimit }: SignInRequest): Promise<readonly Flow[]> {
  if (!ui.choosesWayFirst || flows.length < 2) return flows;
  const options = flows.map((flow, place) => ({ id: String(place), label: `Sign in ${flowName(flow)}` }));
  const choice = { title: provider.name, prompt: `How do you want to sign in to ${provider.name}?`, options };
  const chosen = await inTime(provider, signal, timeLimit, async (limited) => {
    const answer = await ui.choose(choice, limited);
    if (answer === undefined) throw new AIHubError("cancelled");
    return Number(answer);
  });
  return [...flows.slice(chosen), ...flows.slice(0, chosen)];
}
