/** The publisher and the name in package.json. */
export const extensionId = "aihub.aihub-vscode";

/** Every id that package.json contributes too; a test keeps the two in step. */
export const commands = {
  login: "aihub.login",
  logout: "aihub.logout",
  showAccounts: "aihub.showAccounts",
  createAgent: "aihub.createAgent",
  setAgentAuth: "aihub.setAgentAuth",
  setAgentAuthMode: "aihub.setAgentAuthMode",
  setAgentProfile: "aihub.setAgentProfile",
  launchAgent: "aihub.launchAgent",
  continueAgent: "aihub.continueAgent",
  sendMessage: "aihub.sendMessage",
  startGateway: "aihub.startGateway",
  openGatewayUi: "aihub.openGatewayUi",
  useGatewayProfile: "aihub.useGatewayProfile",
  undoGatewayProfile: "aihub.undoGatewayProfile",
  manageExtensionAccess: "aihub.manageExtensionAccess",
  showLog: "aihub.showLog",
} as const;

export const terminalProfiles = {
  agent: "aihub.agent",
} as const;

export const settings = {
  addToPath: "aihub.terminal.addToPath",
  cliPath: "aihub.cliPath",
  gatewayToken: "aihub.gateway.token",
  gatewayUrl: "aihub.gateway.url",
  mirrorCredentials: "aihub.gateway.mirrorCredentials",
  preferredFlow: "aihub.login.preferredFlow",
} as const;

export const views = { accounts: "aihub.accounts", agents: "aihub.agents" } as const;

export const statusBarId = "aihub.status";
