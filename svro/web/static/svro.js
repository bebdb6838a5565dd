// Pages work without this: it only adds what GOV.UK Frontend adds where scripts run.
import { initAll } from "./govuk/govuk-frontend.min.js";

document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
initAll();
if (document.querySelector("[data-passkey]")) import("./passkeys.js");
