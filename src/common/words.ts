import type { ErrorDetails } from "./errors";

type Say = (details: ErrorDetails) => string;

const list = (names: readonly string[] = []) => (names.length > 0 ? names.join(", ") : "none");
const at = ({ file, line, column }: ErrorDetails) => (line === undefined ? `${file}` : `${file}:${line}:${column ?? 1}`);
const because = (reason?: string) => (reason ? `: ${reason}` : "");
/** How to sign in to the provider; nothing where it has no sign-in. */
const signInTo = ({ signIn }: ErrorDetails) => (signIn ? `Sign in with “AIHub: Login” in VS Code or \`aihub auth login ${signIn}\` in a terminal` : "");
const toOauth = ({ signIn }: ErrorDetails) => (signIn ? 'set the agent\'s auth.mode to "oauth"' : "");
const toApiKey = 'set the agent\'s auth.mode to "api_key"';
/** A sentence of what one may do; empty ones are left out. */
const oneOf = (...ways: string[]) => {
  const text = ways.filter(Boolean).map((way, index, { length }) => (index > 0 && index === length - 1 ? `or ${way}` : way)).join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
};
const when = (time?: number, otherwise = "in a minute") => (time === undefined ? otherwise : `after ${new Date(time).toLocaleTimeString()}`);
/** “Anthropic … ada@example.com”, or the provider alone. */
const ofAccount = ({ account }: ErrorDetails) => (account ? ` of ${account}` : "");
const otherAccount = 'set the agent to another account with “AIHub: Set Agent Auth” or `aihub agent set-auth`';
const who = ({ provider }: ErrorDetails) => provider ?? "The provider";

/**
 * What each error code says: what happened, and what to do next.
 * The only place that turns codes into words, for the editor and the command line alike.
 */
export const words = {
  cancelled: () => "Cancelled.",
  unexpected: ({ reason }) => `Something unexpected went wrong${reason ? ` (${reason})` : ""}. Try again; if it stays, please report it.`,

  login_timed_out: ({ provider }) => `The sign-in to ${provider} was not finished in time. Start it again when you are ready.`,
  access_denied: (details) => `${who(details)} did not grant access${because(details.reason)}. Sign in again and choose “Authorize”.`,
  authorization_refused: (details) => `${who(details)} refused the sign-in${because(details.reason)}. Start the sign-in again.`,
  state_mismatch: () => "This code belongs to another sign-in. Copy the code from the page that was opened last.",
  code_missing: () => "There is no code in what was pasted. Paste the code, or the whole address of the page that comes after “Authorize”.",
  input_ended: ({ provider }) => `Nobody was there to answer: the input ended before the sign-in to ${provider} was finished. Sign in again in a terminal, or with “AIHub: Login” in VS Code.`,
  code_refused: (details) => `${who(details)} did not accept the code: it was used before, has expired, or is not complete. Authorize once more, and use the code that comes then.`,
  sign_in_not_allowed: (details) => `${who(details)} does not allow this sign-in (HTTP ${details.status}): not for this account, or not from this place. Use another account, or another network.`,
  ports_in_use: ({ known, provider }) => `The ports ${list(known)} that ${provider} needs are in use, on this machine or on the browser's. The browser leads back here only when one of them is free.`,
  no_flow: ({ provider }) => `There is no way to sign in to ${provider} from here. Run \`aihub auth login\` on a machine with a browser.`,
  flow_not_available: ({ provider, reason, known }) => `${provider} has no way to sign in called “${reason}” here. Known: ${list(known)}.`,
  invalid_domain: ({ host }) => `“${host}” is not the domain of an enterprise. Write it like example.ghe.com.`,
  domain_not_taken: ({ provider }) => `${provider} has no enterprise domains. Start the sign-in again without one.`,
  device_code_expired: ({ provider }) => `The code for ${provider} has expired. Start the sign-in again.`,
  device_code_disabled: ({ provider }) => `${provider} has device codes switched off for this account. They can be turned on in its security settings.`,
  no_subscription: (details) => `This account may not use ${who(details)}${because(details.reason)}. Check its subscription, or sign in with another account.`,

  offline: ({ host, reason }) => `${host ?? "The provider"} could not be reached${because(reason)}. Check the network and proxy settings, then try again.`,
  proxy_not_usable: ({ reason }) =>
    `The environment variable ${reason} names no proxy that can be used. Set it to one like http://proxy.example.com:8080 (none that speaks SOCKS; in a password, write % as %25 and @ as %40), or unset it.`,
  rate_limited: (details) => `${who(details)} asks to wait before the next try. Try again ${when(details.retryAt)}.`,
  vendor_fault: (details) => `${who(details)} has a problem right now${details.status ? ` (HTTP ${details.status})` : ""}: a server error of its own. Try again in a moment.`,
  vendor_refused: (details) => `${who(details)} refused the request${details.status ? ` (HTTP ${details.status})` : ""}. Sign in again; if it stays, check your subscription.`,
  malformed_answer: (details) => `${who(details)} answered in a form that cannot be read. Try again in a moment.`,

  not_signed_in: (details) => `Nobody is signed in to ${details.provider}. ${oneOf(signInTo(details) || toApiKey)}`,
  no_sign_in: ({ provider, known }) => `AIHub has no sign-in for ${provider}. ${oneOf(toApiKey, `its model.provider to one with a sign-in: ${list(known)}`)}`,
  sign_in_again: ({ profile, provider, reason }) =>
    `${provider} no longer accepts the sign-in of ${profile}${because(reason)}. Sign in again: “AIHub: Login” in VS Code or \`aihub auth login\` with the provider's name in a terminal.`,
  held_elsewhere: ({ profile, reason }) =>
    `Process ${reason} is renewing the sign-in ${profile}, or cannot write what it got. Try again in a moment; if it stays, make room on the disk or correct the permissions of ~/.aihub.`,
  borrowed_expired: (details) =>
    `The sign-in ${details.profile} was taken over from ${details.file}, where it has expired: only its owner renews it. ${oneOf(`${signInTo(details)} for one of your own at ${details.provider}`, "use that program once")}`,
  no_api_key: (details) => {
    const { provider, known = [], signIn } = details;
    if (known.length > 0) return `There is no API key for ${provider}. ${oneOf(`set ${list(known)}`, toOauth(details))}`;
    if (signIn) return `${provider} takes no API key here. ${oneOf(toOauth(details))}`;
    return `There is no API key for ${provider}, and AIHub knows no variable for one. ${oneOf("correct model.provider", "name a profile with a key in the agent's auth.profileId")}`;
  },
  no_key_at_all: (details) => {
    const { provider, known = [], signIn } = details;
    const variables = known.length > 0 ? `set ${known.join(" or ")}` : "";
    const profile = signIn ? "name a profile in the agent's auth.profileId" : `${toApiKey} and its auth.profileId to a profile with a key`;
    return `There is no way to reach ${provider} yet. ${oneOf(signInTo(details), variables, signIn || variables ? "" : "correct model.provider", profile)}`;
  },
  unknown_auth_mode: ({ reason }) => `“${reason}” is not an auth.mode. Set it to "oauth", "api_key" or "proxy", or leave it out.`,
  no_proxy_url: ({ agent }) => `The agent ${agent} has auth.mode "proxy" but no model.base_url. Set model.base_url and model.auth_token.`,
  no_proxy_token: ({ agent }) => `The agent ${agent} has auth.mode "proxy" but no model.auth_token. Set it to what the proxy at model.base_url expects.`,
  profile_signed_out: (details) => `The profile ${details.profile} is not signed in. ${oneOf(signInTo(details), "name another one")}`,
  profile_unreadable: (details) =>
    `The profile ${details.profile} in ${details.file} cannot be read${because(details.reason)}. It was left as it is. ${oneOf(signInTo(details) && `${signInTo(details)} anew`, "correct it there")}`,
  profile_without_key: ({ profile }) => `The profile ${profile} has no key. Set its "key" in agent/auth-profiles.json, for example to "$env:ANTHROPIC_API_KEY".`,
  environment_variable_missing: ({ reason }) => `The environment variable ${reason} is not set. Set it, or change the reference to it.`,

  sign_ins_guarded: () =>
    "Refused: this names a place where the person's sign-ins are kept, or a program that prints them. Agents may not read or change those, and nothing was run. Go on without it; `aihub auth status` tells who is signed in.",
  sign_ins_withheld: () => "Withheld: the result held a token or key of the person's, which agents may not see. Go on without it, or narrow the command down.",

  third_party_refused: (details) =>
    `${who(details)} does not take this request on the subscription${ofAccount(details)}: it refuses other programs than its own, or bills them as extra usage (HTTP 400). Turn on extra usage in the account's settings, or set the agent's auth.mode to "api_key".`,
  sign_in_refused: (details) =>
    `${who(details)} no longer accepts the sign-in${ofAccount(details)} (HTTP 401): it was ended there, or the account was changed. ${oneOf(signInTo(details) || toApiKey)}`,
  api_key_refused: (details) => `${who(details)} does not accept the API key${details.account ? ` in ${details.account}` : ""} (HTTP 401). ${oneOf("correct the key", toOauth(details))}`,
  proxy_refused: ({ host, agent, status }) => `The proxy at ${host} refused the token of the agent ${agent} (HTTP ${status}). Correct model.auth_token, or ask whoever runs the proxy.`,
  credit_used_up: (details) => `The credit${ofAccount(details)} at ${who(details)} is used up (HTTP 402). Add credit there, or ${otherAccount}.`,
  usage_limit_reached: (details) => `The account${ofAccount(details)} has reached its usage limit at ${who(details)}. Go on ${when(details.retryAt, "when the limit is reset")}, or ${otherAccount}.`,
  too_many_requests: (details) => `${who(details)} has had too many requests${ofAccount(details)} in a short time (HTTP 429). Wait a moment, or ${otherAccount}.`,
  model_access_denied: (details) => `The account${ofAccount(details)} may not use ${details.reason} at ${who(details)} (HTTP 403). Check its plan, or ${otherAccount}.`,
  model_not_offered: (details) => `${who(details)} does not offer the model ${details.reason} to the account${ofAccount(details)}. Change model.model of the agent ${details.agent}.`,
  conversation_too_long: () => "The conversation is longer than the model takes (prompt is too long). Start a new session, or shorten this one with /compact.",
  model_declined: ({ reason }) => `The model ${reason} declined to answer. Ask in other words; if it declines again, start a new session.`,
  connection_lost: (details) => `The connection to ${who(details)} failed before the answer was complete (connection lost). Check the network and proxy settings, then ask again.`,
  request_refused: (details) => `${who(details)} refused the request (HTTP ${details.status}${because(details.reason)}). Ask in other words or start a new session; if it stays, check model.model of the agent ${details.agent}.`,
  request_failed: (details) => `The request to ${who(details)} failed for a reason that it did not name. Ask again; if it stays, start a new session.`,
  unknown_neighbour: ({ reason, known }) => `AIHub knows no sign-ins of “${reason}”. Known: ${list(known)}.`,
  neighbour_unreadable: (details) => `${at(details)} cannot be read${because(details.reason)}. It was left as it is; sign in with \`aihub auth login\` instead.`,
  nobody_to_ask: () => "Nobody is here to be asked. Nothing was changed. Add --yes to go on without a question.",
  no_variable_for_key: ({ provider, reason }) =>
    `No environment variable takes ${reason} for ${provider}. Run the agent with \`aihub send\` or \`aihub run\`, which need none.`,
  no_terminal: ({ agent }) => `The interactive agent needs a terminal. Start it in one, or send a message: \`aihub send -a ${agent} -m -\`.`,
  output_not_written: ({ reason }) => `The output could not be written${because(reason)}. Make room where it goes, or let it go elsewhere, then try again.`,
  program_not_started: ({ file, reason }) => `${file} could not be started${because(reason)}. Check its name, its permissions and the PATH.`,

  provider_not_named: ({ known }) => `No provider was named. Name one of: ${list(known)}. Run with --help to see how it is used.`,
  unknown_extension: ({ reason }) => `There is no extension ${reason} as it was named. Pass your \`context.extension\`.`,
  unknown_login: () => "There is no such sign-in, or it is over. Start a new one.",
  access_not_allowed: ({ reason, provider }) => `You have not allowed “${reason}” to use ${provider}. Change that with “AIHub: Manage Extension Access”.`,

  unknown_provider: ({ provider, known }) => `There is no provider “${provider}”. Known: ${list(known)}.`,
  unknown_profile: (details) => `There is no profile “${details.profile}”. Known: ${list(details.known)}. ${oneOf(signInTo(details), "name another one", details.signIn ? "" : "leave it out")}`,
  ambiguous_profile: ({ provider, known }) => `${provider} has several profiles. Name one of: ${list(known)}.`,
  profile_of_other_provider: ({ profile, provider }) => `The profile ${profile} does not belong to ${provider}. Choose a profile of ${provider}.`,
  profile_does_not_fit_mode: ({ profile, reason }) => `The profile ${profile} does not fit auth.mode "${reason}". Choose another profile or another mode.`,
  profile_name_taken: ({ profile }) => `There is a profile “${profile}” already. Choose another name.`,
  invalid_profile_name: ({ profile }) => `“${profile}” is not a profile name. Use letters, digits, and . _ @ + -`,

  unknown_agent: ({ agent, known, file }) => `There is no agent “${agent}” in ${file}. Known: ${list(known)}.`,
  invalid_agent_id: ({ agent }) => `“${agent}” cannot be the id of an agent. Use letters, digits, and . _ - with a letter or digit first.`,
  agent_exists: ({ agent, file }) => `There is an agent “${agent}” already, in ${file}. Choose another id.`,
  agent_id_twice: (details) => `The id “${details.agent}” stands twice: again in ${at(details)}. The gateway knows only the last agent that has it; give each an id of its own.`,
  config_missing: ({ file }) => `${file} does not exist. Make your first agent with “AIHub: Create Agent” in VS Code or \`aihub agent create\` in a terminal, or create the file with at least {"agents": []}.`,
  config_invalid: (details) => `${at(details)} cannot be used${because(details.reason)}. Nothing was changed; correct the file and try again.`,
  config_changed: ({ file }) => `${file} was changed at the same moment. Nothing was done; try again.`,
  config_unsaved: ({ file }) => `${file} is open with unsaved changes. Save or revert it, then try again.`,
  agent_has_no_provider: ({ agent }) => `The agent ${agent} names no model provider. Set model.provider, for example to "anthropic".`,
  agent_is_not_pi: ({ agent, reason }) =>
    reason === "claude" ? `The agent ${agent} runs on the Claude SDK. It signs in through its own model.base_url and model.auth_token.` : `The agent ${agent} runs on ${reason}, which signs in by itself.`,
  claude_missing: () => 'There is no `claude` command on the PATH. Install Claude Code (`npm install -g @anthropic-ai/claude-code`) and open a new terminal, or set the agent\'s sdk to "pi".',
  claude_not_executable: () => "The `claude` command that comes first on the PATH may not be executed (EACCES). Make it executable, or install Claude Code again (`npm install -g @anthropic-ai/claude-code`).",
  claude_has_no_key: ({ agent }) =>
    `The agent ${agent} runs on the Claude SDK and names no proxy: the claude command uses a sign-in of its own, which other programs cannot be given. Set model.base_url and model.auth_token, or run the agent with \`aihub send\` or \`aihub run\`.`,
  claude_proxy_incomplete: ({ agent }) =>
    `The agent ${agent} has only one of model.base_url and model.auth_token. Set both for a proxy, or neither for the sign-in of the claude command itself.`,
  claude_session_unnamed: ({ agent }) => `The agent ${agent} runs on the Claude SDK, where sessions have no names. Leave the session out, or continue the last one.`,
  claude_failed: ({ status }) => `The claude command ended with code ${status}. What it said stands above.`,
  agent_has_no_model: ({ agent }) => `The agent ${agent} names no model. Set model.provider and model.model.`,
  workspace_missing: ({ agent, file }) => `The workspace ${file} of the agent ${agent} does not exist. Create it, or change the agent's workspace.`,
  unknown_model: ({ provider, reason, agent }) => `${provider} has no model “${reason}”. Change model.model of the agent ${agent}.`,
  agent_failed: ({ agent, reason }) => `The agent ${agent} did not answer${because(reason)}.`,
  invalid_session_name: ({ reason }) => `“${reason}” is not a session name. Use letters, digits, and . _ -`,
  message_missing: () => "There is no message to send. Give one with -m.",

  gateway_missing: ({ host }) => `No gateway answers at ${host}. Start it with “AIHub: Start Gateway”, or set aihub.gateway.url to where it is.`,
  gateway_refused: ({ host }) => `The gateway at ${host} asks who you are. Set aihub.gateway.token to your token for it, or to a variable's name as in "$env:NAME".`,
  gateway_unknown: ({ host }) => `What answers at ${host} is not the aihub gateway. Set aihub.gateway.url to where it is.`,
  gateway_url_invalid: ({ reason }) => `The setting aihub.gateway.url, “${reason}”, is not an address of a gateway. Set it to one like http://127.0.0.1:4000; a token goes into aihub.gateway.token.`,
  gateway_cli_missing: () => "There is no gateway command on the PATH (an `aihub` that is not this extension's own). Set aihub.cliPath to where it is, or start the gateway yourself.",
  gateway_cli_not_executable: ({ file }) => `${file} cannot be run. Set aihub.cliPath to the gateway's command.`,
  gateway_without_page: ({ file }) => `The gateway has no page: there is no ${file}, or its ui.enabled is false.`,
  gateway_copy_off: () => 'The gateway gets none of your accounts while aihub.gateway.mirrorCredentials is "off". Set it to "auto" first.',
  alias_not_possible: ({ provider }) => `The gateway can use only one account of ${provider}: the first one. Sign out of the others, or run the agent with “AIHub: Launch Agent in Terminal”.`,
  alias_needs_sign_in: ({ agent }) => `The agent ${agent} names no sign-in of its own. Set its auth.profileId with “AIHub: Set Agent Auth” first.`,
  alias_not_needed: ({ agent, profile }) => `The agent ${agent} needs no gateway profile: no other account comes before ${profile} on the gateway. Nothing was changed.`,
  alias_without_key: ({ profile, file }) => `The key of ${profile} could not be written to ${file}, so that nothing was changed. The log of AIHub says what is in the way; try again when it is not.`,
  alias_missing: ({ agent }) => `The agent ${agent} has no gateway profile to undo.`,
  gateway_run_failed: ({ agent, reason }) => `The gateway could not run the agent ${agent}${because(reason)}. Its log says more.`,

  store_invalid: (details) => `${at(details)} cannot be read${because(details.reason)}. It was left as it is; correct or move it, then try again.`,
  store_not_secure: ({ file, reason }) => `${file} is not safe to keep secrets in${because(reason)}. Replace it by an ordinary one of your own.`,
  store_not_writable: ({ file, reason }) => `${file} could not be written${because(reason)}. What stood there still stands; make room or correct the permissions, then try again.`,
  store_newer: ({ file }) => `${file} was written by a newer version of AIHub. Nothing was changed; update this one and reload the window, then try again.`,
  store_busy: ({ file }) => `${file} has been locked by another program for too long. Try again in a moment.`,
} satisfies Record<string, Say>;
