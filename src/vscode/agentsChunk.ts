export { setAgentAuth, setAgentAuthMode, setAgentProfile } from "./agentAuthCommands";
export { launchAgent } from "./agentCommands";
export { codeActions, codeLenses, completions, diagnose, hover } from "./agentFiles";
export { createAgent } from "./createAgentCommand";
