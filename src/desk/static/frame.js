// The panel's frame: it enters with the single-use link that stands behind the `#`, and shows the same switches as the desk.
//
// The rule: the session lives in this script's memory only. No cookie is set, so no other page can use it, and it works where browsers
// keep frames from having cookies. What would defeat it: telling the page around anything but that something changed.

const place = document.getElementById("choices");
const words = document.getElementById("trouble");
const language = new URLSearchParams(location.search).get("lang");
let session = null;

function at(path) {
  const url = new URL(path, location.origin);
  if (language) url.searchParams.set("lang", language);
  return url;
}

function ask(path, more = {}) {
  return fetch(at(path), { ...more, headers: { ...more.headers, authorization: `Bearer ${session}` }, credentials: "omit" });
}

async function enter() {
  const token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  const reply = await fetch(at("/api/session"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
    credentials: "omit",
  });
  if (!reply.ok) throw reply;
  session = (await reply.json()).session;
  await show();
}

async function show() {
  const reply = await ask("/panel/choices");
  if (!reply.ok) throw reply;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  place.replaceChildren(...[...page.body.childNodes].map((node) => document.adoptNode(node)));
  tell({ assentry: "height", height: document.documentElement.scrollHeight });
}

/** Only that something happened, to whoever may hold this frame; who that is, the policy of this page says. */
function tell(what) {
  if (parent !== window) parent.postMessage(what, "*");
}

place.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { consents, purpose, kind, text_digest } = Object.fromEntries(new FormData(event.target));
  const button = event.submitter;
  const focus = button?.id;
  if (button) button.disabled = true;
  try {
    const reply = await ask("/api/decisions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ consents, purpose, kind, text_digest }),
    });
    if (!reply.ok && reply.status !== 409) throw reply;
    await show();
    if (reply.ok) tell({ assentry: "change" });
  } catch {
    failed();
  }
  if (focus) document.getElementById(focus)?.focus();
});

function failed() {
  words.hidden = false;
  place.hidden = true;
}

enter().catch(failed);
