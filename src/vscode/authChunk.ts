export { refreshesSettled } from "../auth/ending";
export { flowName, selectFlows } from "../auth/flows/selectFlows";
export { login } from "../auth/login";
export { logout } from "../auth/logout";
export { freshCredential } from "../auth/refresh";
export { resolveApiKeyForProvider } from "../auth/resolve";
