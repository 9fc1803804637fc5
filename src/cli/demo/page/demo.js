// The demo page: it sends what a shop's page would send, and shows beside it what the bot says that it saw.
//
// The rule: nothing is shown that is not so. The right side is the bot's own diary, told by the bot itself and not through the
// proxy, which would turn tokens back; the left side is the very request. What would defeat it is to work out here what
// should have passed: nothing here knows the policy.

const BOT = document.querySelector("meta[name=bot]").content;
const DESK = document.querySelector("meta[name=desk]").content;

/** What the shop's page knows about its customers, and sends along. */
const PEOPLE = {
  alice: { email: "alice@example.com", bought: "Trail shoe 42", geo: [52.5243, 13.4105], customer: "C-4711" },
  bob: { email: "bob@example.com", bought: "Rain jacket L", geo: [48.1372, 11.5756], customer: "C-4712" },
  carol: { email: "carol@example.com", bought: "Road shoe 38", geo: [53.5503, 9.9937], customer: "C-4713" },
};

const find = (id) => document.getElementById(id);
const talk = find("talk");
let turn = Math.floor(Math.random() * 1e9);
let last = null;
const waiting = new Map();

function person() {
  return find("person").value;
}

function body(text) {
  const { email, bought, geo, customer } = PEOPLE[person()];
  return {
    text,
    email,
    customer_id: customer,
    context: {
      page: "/shoes",
      purchases: [{ sku: "A1", title: bought }],
      geo: { lat: geo[0], lon: geo[1] },
    },
  };
}

/* The conversation. */

function bubble(kind, text) {
  const line = document.createElement("li");
  line.className = kind;
  line.textContent = text;
  talk.append(line);
  talk.parentElement.scrollTop = talk.scrollHeight;
  return line;
}

async function send(text) {
  busy(true);
  last = text;
  find("again").hidden = true;
  bubble("me", text);
  const sent = body(text);
  const number = String(++turn);
  const seen = new Promise((resolve) => waiting.set(number, resolve));
  const saying = bubble("bot writing", "");
  try {
    const reply = await fetch("/assistant", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        "x-user-id": person(),
        "x-turn": number,
      },
      body: JSON.stringify(sent),
    });
    if (!reply.ok) throw new Error(await whyNot(reply));
    await Promise.all([read(reply, saying), shown(sent, seen)]);
  } catch (error) {
    saying.remove();
    bubble("trouble", error.message);
  } finally {
    waiting.delete(number);
    saying.classList.remove("writing");
    busy(false);
  }
}

async function whyNot(reply) {
  const problem = await reply.json().catch(() => ({}));
  return `${reply.status}: ${problem.detail ?? problem.title ?? "the proxy refused it"}`;
}

/** Reads the events of a streamed reply, as they come. */
async function read(reply, line) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((field) => field.startsWith("data: ")).map((field) => field.slice(6)).join("\n");
      const said = data ? JSON.parse(data) : {};
      if (said.delta) line.textContent += said.delta;
      if (said.title && said.status) throw new Error(`${said.status}: ${said.detail ?? said.title}`);
      talk.parentElement.scrollTop = talk.scrollHeight;
    }
  }
}

function busy(is) {
  for (const button of document.querySelectorAll("#say button, #ideas button, #resend")) button.disabled = is;
}

/* The comparison. */

async function shown(sent, seen) {
  const soon = new Promise((resolve) => setTimeout(resolve, 5000, null));
  const saw = await Promise.race([seen, soon]);
  if (!saw) return;
  const rows = [];
  compare(rows, 0, null, sent, saw.body, true);
  const lines = rows.map((row) => drawn(row));
  find("rows").replaceChildren(...lines);
  summarise(rows);
}

const ABSENT = Symbol("absent");

/** Walks both documents together, a row for each line of either. */
function compare(rows, deep, name, left, right, last, within = false) {
  const isTree = (value) => typeof value === "object" && value !== null;
  const label = name === null ? "" : `${JSON.stringify(name)}: `;
  const comma = last ? "" : ",";
  if (isTree(left) && (isTree(right) || right === ABSENT)) {
    const [open, close] = Array.isArray(left) ? "[]" : "{}";
    const kind = right === ABSENT ? "gone" : "same";
    rows.push({ deep, kind, left: label + open, right: label + open, counts: kind === "gone" && !within });
    const names = Array.isArray(left) ? left.map((_, index) => index) : Object.keys(left);
    names.forEach((each, index) => {
      const other = right !== ABSENT && Object.hasOwn(right, each) ? right[each] : ABSENT;
      compare(rows, deep + 1, Array.isArray(left) ? null : each, left[each], other, index === names.length - 1, kind === "gone");
    });
    rows.push({ deep, kind, left: close + comma, right: close + comma });
    return;
  }
  const kind = right === ABSENT ? "gone" : JSON.stringify(left) === JSON.stringify(right) ? "same" : "changed";
  const line = (value) => label + JSON.stringify(value) + comma;
  rows.push({ deep, kind, left: line(left), right: right === ABSENT ? "" : line(right), counts: kind !== "same" && !within });
}

function drawn({ deep, kind, left, right }) {
  const row = document.createElement("div");
  row.className = `row ${kind} appears`;
  row.setAttribute("role", "row");
  row.style.setProperty("--deep", deep);
  const said = { same: "", changed: "changed: ", gone: "never left: " }[kind];
  const cells = [said + left, kind === "gone" ? "" : right].map((text, index) => {
    const cell = document.createElement("span");
    cell.setAttribute("role", "cell");
    if (index === 0 && said) {
      const words = document.createElement("span");
      words.className = "unseen";
      words.textContent = said;
      cell.append(words, left);
    } else {
      cell.textContent = text;
    }
    return cell;
  });
  row.append(...cells);
  return row;
}

function summarise(rows) {
  const [gone, changed] = ["gone", "changed"].map((kind) => rows.filter((row) => row.counts && row.kind === kind).length);
  const strong = document.createElement("strong");
  const things = (count) => (count === 1 ? "1 thing" : `${count} things`);
  if (gone + changed === 0) {
    strong.textContent = "All of it passed.";
    find("summary").replaceChildren(strong, " That is what your choices allow.");
    return;
  }
  const held = gone ? `${things(gone)} never left` : "";
  const other = changed ? `${things(changed)} ${changed === 1 ? "was" : "were"} changed` : "";
  strong.textContent = `${[held, other].filter(Boolean).join(", ")}.`;
  find("summary").replaceChildren(strong, " Flip a switch, and send it again.");
}

/* What the bot says that it saw: told by the bot itself, beside the proxy. */

function listen() {
  const diary = new EventSource(new URL("/beside/diary", BOT));
  diary.onmessage = (event) => {
    const saw = JSON.parse(event.data);
    waiting.get(saw.headers?.["x-turn"])?.(saw);
  };
}

/* The choices: the desk's own frame, entered by a link that the shop asks for. */

async function entry(to) {
  const reply = await fetch(new URL(`/beside/desk-link/${person()}/${to}`, BOT), { method: "POST" });
  if (!reply.ok) throw new Error("the desk gave no link");
  return (await reply.json()).url;
}

async function choices() {
  const place = find("panel");
  try {
    const panel = document.createElement("assentry-panel");
    panel.setAttribute("src", await entry("panel"));
    panel.setAttribute("aria-label", "Your choices");
    panel.addEventListener("assentry-change", () => {
      find("again").hidden = last === null;
    });
    place.replaceChildren(panel);
  } catch (error) {
    const words = document.createElement("p");
    words.textContent = error.message;
    place.replaceChildren(words);
  }
}

find("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = find("text").value.trim();
  if (!text) return;
  find("text").value = "";
  send(text);
});
find("ideas").addEventListener("click", (event) => {
  if (event.target.tagName === "BUTTON") send(event.target.textContent);
});
find("resend").addEventListener("click", () => last && send(last));
find("desk-link").addEventListener("click", async (event) => {
  event.preventDefault();
  const tab = window.open("about:blank", "_blank");
  try {
    const url = await entry("desk");
    if (tab) tab.location = url;
  } catch (error) {
    tab?.close();
    bubble("trouble", error.message);
  }
});
find("person").addEventListener("change", begin);

function begin() {
  find("mail-idea").textContent = `Write to ${PEOPLE[person()].email} when they are back, please.`;
  talk.replaceChildren();
  find("rows").replaceChildren();
  last = null;
  find("again").hidden = true;
  bubble("bot", `Hello ${find("person").selectedOptions[0].textContent}! Ask me about shoes.`);
  choices();
}

listen();
begin();
