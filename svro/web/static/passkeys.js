// Asks the browser for a passkey and sends its answer with the page's own form. Without scripts these parts of a
// page stay hidden, and a password with a code does the same.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const readable = (given) => {
  const options = { ...given, challenge: bytes(given.challenge) };
  if (given.user) options.user = { ...given.user, id: bytes(given.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"])
    if (given[list]) options[list] = given[list].map((one) => ({ ...one, id: bytes(one.id) }));
  return options;
};

const sendable = (made) => {
  const response = { clientDataJSON: text(made.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (made.response[part]) response[part] = text(made.response[part]);
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.closest("[data-passkey-part]").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[role=status]");
    said.textContent = "";
    try {
      const options = { publicKey: readable(JSON.parse(form.dataset.options)) };
      const made = await navigator.credentials[form.dataset.passkey](options);
      form.elements.credential.value = sendable(made);
      form.submit();
    } catch (error) {
      said.textContent = "Your browser did not give a passkey. Try again, or go on without one.";
    }
  });
}
