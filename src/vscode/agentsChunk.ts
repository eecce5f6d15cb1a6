export { setAgentAuth, setAgentAuthMode, setAgentProfile } from "./agentAuthCommands";
export { agentTerminalProfile, continueAgent, launchAgent } from "./agentCommands";
export { codeActions, codeLenses, completions, diagnose, hover } from "./agentFiles";
export { openAgentRows } from "./agentsView";
export { createAgent } from "./createAgentCommand";
export { openGatewayUi, startGateway } from "./gatewayCommands";
export { undoGatewayProfile, useGatewayProfile } from "./gatewayProfileCommands";
export { sendMessage } from "./sendCommand";
