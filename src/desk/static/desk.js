// The panel: takes the link's token from the fragment, makes a session of it that this frame alone holds, and shows the purposes.
// It asks nobody but the desk, and writes every text as text.
"use strict";
(() => {
  const panel = document.getElementById("panel");
  if (!panel) return;
  const lang = document.documentElement.lang;
  let session = null;

  const ask = async (path, method = "GET", body = undefined) => {
    const headers = { accept: "application/json" };
    if (session) headers.authorization = `Bearer ${session}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`${path}?lang=${lang}`, { method, headers, body: body && JSON.stringify(body), credentials: "omit" });
    const said = answer.status === 204 ? null : await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    return said;
  };
  const made = (name, text, within) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    within.append(element);
    return element;
  };
  const button = (within, text, consents, purpose, kind) => {
    made("button", text, within).addEventListener("click", async () => {
      try {
        await ask("/api/decisions", "POST", { consents, purpose: purpose.name, kind, text_digest: purpose.text_digest });
        await show();
      } catch (error) {
        made("p", error.message, panel).setAttribute("role", "alert");
      }
    });
  };
  const show = async () => {
    const overview = await ask("/api/overview");
    panel.replaceChildren();
    for (const group of overview.groups) for (const purpose of group.purposes) {
      const article = made("article", "", panel);
      made("h2", purpose.title, article);
      if (purpose.description) made("p", purpose.description, article);
      const state = purpose.allowed ? panel.dataset.allowed : panel.dataset.notAllowed;
      made("p", `${state}: ${purpose.because_words}.`, article);
      if (purpose.choice === "consent") {
        button(article, panel.dataset.grant, group.consents, purpose, "grant");
        if (purpose.allowed) button(article, panel.dataset.withdraw, group.consents, purpose, "withdraw");
        else button(article, panel.dataset.deny, group.consents, purpose, "deny");
      } else if (purpose.choice === "objection") {
        if (purpose.allowed) button(article, panel.dataset.object, group.consents, purpose, "object");
        else button(article, panel.dataset.unobject, group.consents, purpose, "grant");
      }
    }
  };
  const begin = async () => {
    const token = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search); // it is used up now, and nobody's to see
    session = (await ask("/api/session", "POST", { token })).session;
    await show();
  };
  begin().catch(() => { panel.textContent = panel.dataset.problem; });
})();
