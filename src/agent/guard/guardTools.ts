import type { ExtensionFactory } from "@mariozechner/pi-coding-agent";
import { AIHubError } from "../../common/errors";
import { allKeyVariables } from "../../providers/registry";
import { lookUpPlaces } from "./placeLookup";
import { absolutePath, secretPlaces, secretsIn } from "./secretPlaces";
import { namesSecret } from "./shellGuard";
import { holdsSecret } from "./withhold";

/**
 * Keeps an agent's tools away from people's sign-ins: a call that names a place where they are is refused before it
 * runs, and a result that holds one of them is not given to the model. Pi runs it as an extension of its own.
 *
 * @param env what the process was started with, before its keys were taken out
 */
export function guardTools(home: string, env: NodeJS.ProcessEnv): ExtensionFactory {
  const places = secretPlaces(home, env);
  const keys = allKeyVariables().flatMap((name) => env[name] ?? []);
  const leaks = (text: string) => holdsSecret(text, [...secretsIn(places), ...keys]);
  const refusal = () => new AIHubError("sign_ins_guarded").message;

  return (pi) => {
    pi.on("tool_call", ({ input }, { cwd }) => {
      const values = Object.entries(input).filter((entry): entry is [string, string] => typeof entry[1] === "string");
      const isRefused = values.some(([name, value]) => {
        if (name === "command") return namesSecret(value, { places, cwd, env: process.env });
        // Patterns search below a path; only a path leads somewhere by itself.
        return name === "path" && lookUpPlaces(places).isSecret(absolutePath(value, cwd));
      });
      return isRefused ? { block: true, reason: refusal() } : undefined;
    });
    // What the person runs with `!` goes to the model as well.
    pi.on("user_bash", ({ command, cwd, excludeFromContext }) =>
      !excludeFromContext && namesSecret(command, { places, cwd, env: process.env })
        ? { result: { output: refusal(), exitCode: 1, cancelled: false, truncated: false } }
        : undefined,
    );
    pi.on("tool_result", ({ content }) =>
      content.some((part) => part.type === "text" && leaks(part.text))
        ? { content: [{ type: "text", text: new AIHubError("sign_ins_withheld").message }], isError: true, details: {} }
        : undefined,
    );
  };
}
