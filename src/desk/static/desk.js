// The desk works without this. With it, a switch flips in place instead of loading the page anew.
//
// The rule: what is shown is always what the desk says after the decision was written down, never what we hope it will be.

const said = document.getElementById("said");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const part = form.dataset.swap;
  if (!part || !form.checkValidity()) return;
  event.preventDefault();
  const button = event.submitter;
  const focus = button?.id;
  if (button) button.disabled = true;
  try {
    const reply = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.getElementById(part);
    if (!fresh) return document.location.assign(reply.ok ? reply.url : document.location.href);
    document.getElementById(part).replaceWith(document.adoptNode(fresh));
    const news = page.getElementById("said");
    if (said && news) said.replaceChildren(...[...news.childNodes].map((node) => document.adoptNode(node)));
    if (focus) document.getElementById(focus)?.focus();
  } catch {
    form.submit();
  }
});
