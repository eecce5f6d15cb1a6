import type { Profile } from "../auth/profiles";
import type { AIHubError } from "../common/errors";
import type { Agent } from "../gateway/agent";
import type { Provider } from "../providers/provider";

/**
 * What a row of the AIHub views stands for. The commands of its menu get it, and find in it what any command may be
 * given by name: `provider` and `profile`, `file` and `id`.
 */
export type TreeNode =
  | { kind: "provider"; provider: string; shown: Provider; profiles: Profile[] }
  | { kind: "account"; provider: string; profile: string; shown: Profile }
  | { kind: "agent"; file: string; id: string; shown: Agent; description: string; isStreaming: boolean; context: string }
  | { kind: "problem"; error: AIHubError };
