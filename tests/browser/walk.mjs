// The demo's page and the desk as a newcomer walks them. Called by `run`, which says where everything is.
//
// The rule: every step waits for what a person would see, and asks the bot's own diary what really arrived. What would defeat it:
// waiting for a time instead of for something; looking only at what the page says about itself.

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

const { BROWSER, DRIVER, AXE, PICTURES } = process.env;
const [, , page, folder] = process.argv;
const puppeteer = createRequire(import.meta.url)(DRIVER);
const axe = fs.readFileSync(path.join(AXE, "axe.min.js"), "utf8");
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };
const PATIENCE = { timeout: 20_000 };

const browser = await puppeteer.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

async function step(what, does) {
  try {
    const made = await does();
    console.log(`ok: ${what}`);
    return made;
  } catch (error) {
    console.error(`FAILED: ${what}`);
    throw error;
  }
}

/** A tab that fails the walk when a script of ours fails, or anybody else is asked for something. */
async function tab(context, viewport = DESKTOP) {
  const tab = watched(await context.newPage());
  await tab.setViewport(viewport);
  return tab;
}

function watched(tab) {
  tab.on("pageerror", (error) => strays.push(`${tab.url()}: ${error.message}`));
  tab.on("console", (line) => line.type() === "error" && !expected(line) && strays.push(`${tab.url()}: ${line.text()}`));
  tab.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && !["localhost", "127.0.0.1"].includes(hostname)) strays.push(`asks ${request.url()}`);
  });
  return tab;
}

const strays = [];
// Gathered, so that one walk shows them all.
const barriers = [];
// A browser writes a line for each answer that is no success; which these are, the steps say.
const expected = (line) => /status of 4\d\d/.test(line.text());

/** Pictures and a look by axe, in both themes. */
async function look(tab, name, { viewport = DESKTOP, full = false } = {}) {
  await tab.setViewport(viewport);
  for (const theme of ["light", "dark"]) {
    await tab.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: theme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    await new Promise((shown) => setTimeout(shown, 300)); // only so that pictures show no colours that are changing
    await tab.screenshot({ path: path.join(PICTURES, `${name}-${theme}.png`), fullPage: full });
    await judged(tab, `${name}, ${theme}`);
  }
}

async function judged(tab, where) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join("\n    ")}`);
  violations.length && barriers.push(`${where}:\n  ${told.join("\n  ")}`);
}

/** What the bot wrote down, a message each. */
const diary = () => fs.readFileSync(path.join(folder, "bot.ndjson"), "utf8").trim().split("\n").filter(Boolean).map(JSON.parse);

async function sends(chat, click) {
  const before = diary().length;
  await chat.click(click);
  await chat.waitForFunction(() => !document.querySelector("#say button").disabled && document.querySelector("#rows").childElementCount, PATIENCE);
  const told = await chat.$eval("#talk li:last-child", (line) => line.textContent);
  assert.equal(diary().length, before + 1, "the bot got one message");
  return { told, saw: diary().at(-1).body };
}

async function flips(frame, purpose, to) {
  const id = `[id$="-${purpose}-switch"]`;
  await frame.waitForSelector(`${id}[aria-checked=${!to}]`, PATIENCE);
  await frame.click(id);
  await frame.waitForSelector(`${id}[aria-checked=${to}]:not(:disabled)`, PATIENCE);
}

async function panelOf(chat) {
  const handle = await chat.waitForSelector("assentry-panel iframe", PATIENCE);
  const frame = await handle.contentFrame();
  await frame.waitForSelector(".switch", PATIENCE);
  return frame;
}

async function desk(chat, context) {
  await chat.click("#desk-link");
  const opened = await context.waitForTarget((target) => target.type() === "page" && target.url().includes("/enter/"), PATIENCE);
  const desk = watched(await opened.page());
  await desk.waitForSelector("form[action='/enter'] button", PATIENCE);
  return desk;
}

async function goes(tab, click) {
  await Promise.all([tab.waitForNavigation(PATIENCE), tab.click(click)]);
}

try {
  const context = await browser.createBrowserContext();
  const chat = await tab(context);

  await step("the demo's page opens, with the switches of the desk", async () => {
    await chat.goto(page, PATIENCE);
    await panelOf(chat);
    await look(chat, "1-demo");
  });
  await step("without a yes the bot sees no purchases, and says so", async () => {
    const { told, saw } = await sends(chat, "#ideas button:nth-child(1)");
    assert.equal(saw.context.purchases, undefined);
    assert.match(told, /don’t know what you bought/);
    assert.ok(await chat.$("#rows .gone"), "what never left is marked");
    assert.match(await chat.$eval("#summary", (line) => line.textContent), /never left/);
    await look(chat, "2-withheld");
  });
  await step("an address that is typed becomes a token, which comes back as the address", async () => {
    const { told, saw } = await sends(chat, "#mail-idea");
    assert.doesNotMatch(JSON.stringify(saw), /alice@/);
    assert.match(told, /I wrote down alice@example.com/);
    await look(chat, "3-token");
  });
  await step("a switch is flipped in the panel, and the next message has the purchases", async () => {
    await flips(await panelOf(chat), "personalisation", true);
    await chat.waitForSelector("#again:not([hidden])", PATIENCE);
    const { told, saw } = await sends(chat, "#ideas button:nth-child(1)");
    assert.equal(saw.context.purchases[0].title, "Trail shoe 42");
    assert.match(told, /You bought Trail shoe 42/);
    await look(chat, "4-yes");
  });
  await step("the same on a phone", () => look(chat, "5-demo-phone", { viewport: PHONE, full: true }));

  const alices = await step("the desk opens by a link, which asks before it is used up", async () => {
    await chat.setViewport(DESKTOP);
    const opened = await desk(chat, context);
    await look(opened, "6-enter");
    const link = opened.url();
    await goes(opened, "form[action='/enter'] button");
    await opened.waitForSelector("#choices", PATIENCE);
    const again = await tab(context);
    await again.goto(link, PATIENCE);
    await goes(again, "form[action='/enter'] button");
    assert.equal(await again.$eval("#problem", (words) => words.dataset.problem), "link");
    await look(again, "7-used-link");
    await again.close();
    return opened;
  });
  await step("the desk shows what was decided, told and held back", async () => {
    const text = await alices.$eval("main", (main) => main.innerText);
    for (const words of ["Tailor suggestions to you", "What you bought", "held back"]) assert.ok(text.includes(words), words);
    assert.ok((await alices.$$(".timeline > li")).length >= 3);
    await look(alices, "8-desk", { full: true });
    await look(alices, "9-desk-phone", { viewport: PHONE, full: true });
  });
  await step("a withdrawal at the desk is obeyed by the next message", async () => {
    await alices.setViewport(DESKTOP);
    await flips(alices, "personalisation", false);
    assert.match(await alices.$eval("#said", (line) => line.textContent), /Written down/);
    await chat.bringToFront();
    const { saw } = await sends(chat, "#ideas button:nth-child(1)");
    assert.equal(saw.context.purchases, undefined);
    await alices.bringToFront();
  });
  await step("the history has both, and the filter finds what was held back", async () => {
    await goes(alices, "nav.ways a[href^='/history']");
    const history = await alices.$eval("#decisions tbody", (rows) => rows.innerText);
    assert.ok(history.split("\n").length >= 2, history);
    await alices.select("select[name=only]", "withheld");
    await goes(alices, ".filter button");
    assert.equal(await alices.$(".timeline > li.open"), null);
    assert.ok(await alices.$(".timeline > li.withheld"));
    await look(alices, "10-history", { full: true });
    await look(alices, "11-history-phone", { viewport: PHONE, full: true });
    await alices.setViewport(DESKTOP);
  });
  await step("the desk speaks German", async () => {
    await goes(alices, "nav.ways a[href^='/?']");
    await goes(alices, ".languages a[hreflang=de]");
    assert.equal(await alices.$eval("html", (html) => html.lang), "de");
    await look(alices, "12-desk-german", { full: true });
  });
  await step("it can be used with the keyboard alone", async () => {
    await alices.focus("[id$='-personalisation-switch']");
    await alices.keyboard.press("Space");
    await alices.waitForSelector("[id$='-personalisation-switch'][aria-checked=true]:not(:disabled)", PATIENCE);
    assert.match(await alices.evaluate(() => document.activeElement.id), /personalisation-switch$/);
  });
  await step("everything can be downloaded", async () => {
    const everything = await alices.evaluate(async () => (await fetch("/api/download")).json());
    assert.match(JSON.stringify(everything), /alice/);
    assert.ok(JSON.stringify(everything).includes("personalisation"));
  });
  await step("another site's page can neither frame the desk nor decide in her name", async () => {
    const evil = http.createServer((_, reply) => {
      reply.setHeader("content-type", "text/html");
      reply.end(`<iframe src="${alices.url()}"></iframe><iframe src="${new URL("/panel", alices.url())}"></iframe>
        <form method="post" action="${new URL("/restriction", alices.url())}"><input name="restricted" value="true"><button>Win</button></form>`);
    });
    await new Promise((ready) => evil.listen(0, "127.0.0.1", ready));
    const trap = await context.newPage(); // not watched: what the browser refuses, it writes to the console
    await trap.goto(`http://localhost:${evil.address().port}/`, PATIENCE);
    const framed = trap.frames().slice(1).map((frame) => frame.url());
    assert.deepEqual(framed, ["chrome-error://chromewebdata/", "chrome-error://chromewebdata/"]);
    const [answer] = await Promise.all([trap.waitForNavigation(PATIENCE), trap.click("button")]);
    assert.ok([401, 403].includes(answer.status()), `${answer.status()}`);
    await trap.close();
    evil.close();
    const overview = await alices.evaluate(async () => (await fetch("/api/overview")).json());
    assert.equal(overview.restricted, false);
  });
  await step("without scripts the essentials work, too", async () => {
    const plain = await tab(await browser.createBrowserContext());
    await plain.setJavaScriptEnabled(false);
    await plain.goto((await link(chat, "bob")).url, PATIENCE);
    await goes(plain, "form[action='/enter'] button");
    const id = "[id$='-personalisation-switch']";
    await goes(plain, id);
    assert.equal(await plain.$eval(id, (button) => button.getAttribute("aria-checked")), "true");
    await goes(plain, id);
    assert.equal(await plain.$eval(id, (button) => button.getAttribute("aria-checked")), "false");
    await plain.close();
  });
  await step("erasure asks first, is done, and ends the visit", async () => {
    await goes(alices, "a[href^='/erase']");
    await look(alices, "13-erase");
    await alices.setViewport(DESKTOP);
    await alices.click("input[name=confirm]");
    await goes(alices, "form[action='/erase'] button");
    await look(alices, "14-erased", { viewport: PHONE });
    await alices.goto(new URL("/", alices.url()).href, PATIENCE);
    assert.equal(await alices.$("#choices"), null);
  });
  await step("axe finds no barrier in either language and theme", () => assert.equal(barriers.join("\n\n"), ""));
  await step("nothing failed on the way, and nobody else was asked", () => assert.deepEqual(strays, []));
} catch (error) {
  console.error(error.message ?? error);
  process.exitCode = 1;
} finally {
  await browser.close();
}

/** A link to somebody's desk, as the shop gets it. */
async function link(chat, person) {
  return chat.evaluate(async (person) => {
    const bot = document.querySelector("meta[name=bot]").content;
    return (await fetch(new URL(`/beside/desk-link/${person}/desk`, bot), { method: "POST" })).json();
  }, person);
}
