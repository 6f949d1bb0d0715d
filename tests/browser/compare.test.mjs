// A comparison in the hands of a reader: sliders, keys, links, without scripts, on paper.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { assertAccessible, assertNoSideways, open, phone, screenshot } from "./site.mjs";

const path = "/compare/python-vs-nodejs-for-backend-hiring";
const pages = ["/", "/compare", path, `${path}/scores/performance`, `${path}/changes`, "/hire", "/hire/python-engineer", "/method"];

let site;
before(async () => {
  site = await open({ flags: ["--content", fileURLToPath(new URL("content", import.meta.url))] });
});
after(() => site.close());

async function shown(settings = "", options = {}) {
  const page = await site.page(options);
  await page.goto(`${path}${settings}`);
  return page;
}
const close = (page) => page.context().close();
const headline = (page) => page.locator("[data-headline]").innerText();
const totals = (page) => page.locator("[data-totals]").innerText();
// by slug: labels are content and may be worded anew
const row = (page, slug) => page.locator(`[data-row]:has([name="w.${slug}"])`);
const slider = (page, slug) => row(page, slug).getByRole("slider");
const field = (page, slug) => row(page, slug).getByRole("spinbutton");

async function slide(page, slug, value) {
  await slider(page, slug).evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
}

/** Everything on the page that a weight changes, as it reads; runs in the page. */
function read() {
  const at = (selectors, get) => Object.fromEntries(selectors.map((selector) => [selector, [...document.querySelectorAll(selector)].map(get)]));
  const words = [
    "[data-headline]", "[data-totals]", "[data-chances]", "[data-compared]", "[data-cautions]", ".share-words", "[data-flip]", "[data-worth]", "[data-nearest]", "[data-share-words]",
    "[data-robust=mixes]", "[data-robust=basis]", "[data-twin-weight]", "[data-twin-total]", "[data-twin-flip]", "[data-key-total]",
    "[data-preset][aria-current]", "[data-weighed]:not([hidden])", ".criterion.off h3",
  ];
  const marks = at(["[data-flips] line"], (line) => Number(line.getAttribute("x1")).toFixed(2));
  return {
    ...at(words, (element) => element.textContent.trim()),
    ...at(["[data-number]", "[data-share]", "[data-embed]"], (field) => field.value),
    ...at(["[data-export]", "[data-carry]", "[data-add]", "[data-frame]"], (link) => link.href),
    ...at([".share rect"], (bar) => [bar.getAttribute("x"), bar.getAttribute("width")].join()),
    ...at(["[data-slider]"], (slider) => slider.getAttribute("aria-valuetext")),
    marks,
    hire: [...document.querySelectorAll("[data-hire]")].map((link) => link.href).sort(),
  };
}

/** The server's own page for an address, without scripts. */
async function served(address) {
  const page = await site.page({ scripts: false });
  await page.goto(address);
  const said = await page.evaluate(read);
  await close(page);
  return said;
}

test("after every kind of change the page reads as the server would write it", async () => {
  const page = await shown();
  const steps = [
    ["a slider", () => slide(page, "data-science", 40)],
    ["a slider to its end", () => slide(page, "performance", 100)],
    ["and back", () => slide(page, "performance", 12.3)],
    ["a typed number", () => field(page, "hiring-cost").fill("30")],
    ["a smaller weight", () => row(page, "hiring-cost").getByRole("button", { name: /^Less weight/ }).click()],
    ["a larger weight", () => row(page, "learning-curve").getByRole("button", { name: /^More weight/ }).click()],
    ["a preset", () => page.locator("[data-preset=shared-javascript]").click()],
    ["a weight of nothing", () => slide(page, "full-stack", 0)],
    ["reset", () => page.getByRole("link", { name: "Reset to equal priorities" }).click()],
  ];
  for (const [what, change] of steps) {
    await change();
    await page.waitForTimeout(300); // the address follows at most four times a second
    const address = page.url();
    const server = await served(address);
    assert.deepEqual(await page.evaluate(read), server, `${what}: ${address}`);
  }
  assert.equal(new URL(page.url()).search, "", "reset leads back to the bare address");
  assert.deepEqual(page.complaints, []);
  await close(page);
});

for (const other of ["/compare/java-vs-ruby-for-tests", "/compare/go-vs-java-vs-rust-vs-php-for-tests"]) {
  test(`with missing cells and ties too: ${other}`, async () => {
    const page = await site.page();
    await page.goto(other);
    const steps = [["performance", 60], ["ecosystem", 30], ["ecosystem", 90], ["talent", 100], ["talent", 25]];
    for (const [slug, value] of steps) {
      await slide(page, slug, value);
      await page.waitForTimeout(300);
      assert.deepEqual(await page.evaluate(read), await served(page.url()), `${slug} at ${value}: ${page.url()}`);
    }
    await assertAccessible(page);
    assert.deepEqual(page.complaints, []);
    await close(page);
  });
}

test("what only the server computes says when it is out of date", async () => {
  const page = await shown();
  const notes = page.locator("[data-stale=methods]");
  assert.doesNotMatch((await notes.allTextContents()).join(), /press Update/);
  await slide(page, "talent", 50);
  assert.ok((await notes.allTextContents()).every((text) => /press Update/.test(text)));
  assert.doesNotMatch(await page.locator("[data-stale=central]").textContent(), /press Update/, "mixes do not depend on the weights");
  await slide(page, "hiring-cost", 20);
  assert.match(await page.locator("[data-stale=central]").textContent(), /press Update/, "but on what is weighed");
  await page.getByRole("button", { name: "Update" }).click();
  await page.waitForLoadState();
  assert.doesNotMatch((await page.locator("[data-stale]").allTextContents()).join(), /press Update/);
  assert.equal(await field(page, "hiring-cost").inputValue(), "20");
  await close(page);
});

test("a slider answers within one frame", async () => {
  const page = await shown();
  const told = await page.evaluate(async () => {
    const input = document.querySelectorAll("[data-slider]")[1];
    const text = () => document.querySelector("[data-headline]").textContent + document.querySelector("[data-twin-total]").textContent;
    const times = [];
    let late = 0;
    for (let i = 0; i < 60; i += 1) {
      const before = text();
      input.value = (i * 37) % 97;
      const began = performance.now();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      times.push(performance.now() - began);
      if (text() === before) await new Promise(requestAnimationFrame);
      if (text() === before) late += 1;
      await new Promise(requestAnimationFrame);
    }
    return { late, median: times.sort((a, b) => a - b)[30], worst: times.at(-1) };
  });
  console.log(`a move of a slider: median ${told.median.toFixed(2)} ms, worst of 60 ${told.worst.toFixed(2)} ms`);
  assert.equal(told.late, 0, "every move shows by the next frame");
  await close(page);
});

test("keys move a slider, the new leader is announced once, and the focus can be seen", async () => {
  const page = await shown();
  const input = slider(page, "data-science");
  for (let i = 0; i < 60 && !(await input.evaluate((element) => element === document.activeElement)); i += 1) await page.keyboard.press("Tab");
  assert.ok(await input.evaluate((element) => element === document.activeElement && getComputedStyle(element).outlineStyle !== "none"), "Tab reaches the slider and shows it");
  await page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => window.said.push(document.querySelector("[data-live]").textContent)).observe(document.querySelector("[data-live]"), { childList: true, characterData: true, subtree: true });
  });
  assert.match(await headline(page), /^Node\.js leads/);
  for (let i = 0; i < 12; i += 1) await page.keyboard.press("ArrowRight");
  assert.match(await headline(page), /^(Python leads|Too close)/);
  assert.equal(await input.getAttribute("aria-valuetext"), `${await row(page, "data-science").locator("h3").innerText()}, 28.7 percent`);
  await page.waitForFunction(() => window.said.length > 0);
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(800);
  assert.equal((await page.evaluate(() => window.said)).length, 1, "once");
  assert.match((await page.evaluate(() => window.said))[0], /^(Python now leads, \d\.\d to \d\.\d\.|Too close to call.*)$/);

  const score = page.locator(".scores a").first();
  await score.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/scores\/performance/);
  await page.goBack();
  await page.waitForURL(/w\.data-science=/);
  assert.match(await headline(page), /^Python leads/, "back leads to the reader's own state");
  await close(page);
});

test("the address keeps the state: reload, a clean browser, and the link to share", async () => {
  const page = await shown();
  await slide(page, "data-science", 44.4);
  await field(page, "talent").fill("5");
  await page.waitForURL(/w\./);
  await page.waitForTimeout(300);
  const [said, numbers, url, share] = [await headline(page), await totals(page), page.url(), await page.locator("[data-share]").inputValue()];
  await page.reload();
  assert.deepEqual([await headline(page), await totals(page), page.url()], [said, numbers, url], "reload");
  for (const address of [url, `${site.url}${new URL(share).pathname}${new URL(share).search}`]) {
    const clean = await site.page();
    await clean.goto(address);
    assert.deepEqual([await headline(clean), await totals(clean)], [said, numbers], address);
    await close(clean);
  }
  assert.match(share, /edition=5&w\.performance=.*&w\.hiring-cost=0$/, "it spells everything out");
  await close(page);
});

test("the copy button copies the link", async () => {
  const page = await shown();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await slide(page, "talent", 33);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator("[data-share]").inputValue());
  await close(page);
});

test("a must-have is answered at once and keeps the weights", async () => {
  const page = await shown("?preset=data-and-ml");
  await page.locator("#must-same-language").check();
  await page.waitForURL(/must=/);
  assert.equal(new URL(page.url()).search, "?preset=data-and-ml&must=same-language");
  assert.equal(await headline(page), "Node.js is what remains after your must-haves.");
  await slide(page, "talent", 60);
  assert.equal(await headline(page), "Node.js is what remains after your must-haves.");
  await page.getByRole("link", { name: "Reset to equal priorities" }).click();
  await page.waitForURL((url) => url.search === "");
  await close(page);
});

test("without scripts the form, presets, must-haves, regions and the editor's scores work", async () => {
  const page = await shown("", { scripts: false });
  await field(page, "data-science").fill("50");
  await page.getByRole("button", { name: "Update" }).click();
  await page.waitForURL(/w\.data-science=50/);
  assert.match(await headline(page), /^Python/);
  await page.goto(path);
  await page.locator("[data-preset=data-and-ml]").click();
  await page.waitForURL(/preset=data-and-ml/);
  assert.ok((await headline(page)).includes(await page.locator("[data-preset=data-and-ml]").getAttribute("data-words")));
  await page.locator("#must-numpy").check();
  await page.locator("#scores-editor").check();
  await page.getByRole("button", { name: "Update" }).click();
  await page.waitForURL(/must=numpy/);
  assert.equal(new URL(page.url()).search, "?preset=data-and-ml&must=numpy&scores=editor", "the preset survives its rounded percent");
  assert.equal(await headline(page), "Python is what remains after your must-haves.");
  await page.goto(path);
  await page.locator("#cost nav a[href*='region=ua']").click();
  await page.waitForURL(/region=ua/);
  assert.match(await page.locator("#cost .meta").first().innerText(), /Ukraine/);
  await close(page);
});

for (const theme of ["light", "dark"]) {
  test(`no page breaks a rule of WCAG 2.2 AA in ${theme}`, async () => {
    const page = await site.page({ theme });
    for (const address of pages) {
      const answer = await page.goto(address);
      assert.equal(answer.status(), 200, address);
      await assertAccessible(page);
    }
    await page.goto(`${path}?preset=data-and-ml&scores=editor`);
    for (const summary of await page.locator("summary").all()) await summary.click();
    await slide(page, "talent", 0);
    await assertAccessible(page);
    assert.deepEqual(page.complaints, []);
    await close(page);
  });
}

test("what one has can be kept, and win", async () => {
  const plain = await shown("", { scripts: false });
  await plain.getByText("Keep what we have").click();
  await plain.getByLabel("We have today").selectOption("other");
  await plain.getByLabel("Its name").fill("<b>PHP & co</b>");
  await plain.getByLabel("Months to switch to Python").fill("12");
  await plain.getByLabel("Months to switch to Node.js").fill("30");
  for (const label of ["Performance", "Data science", "Full-stack JavaScript", "Talent pool", "Learning curve", "Ecosystem size"]) {
    await plain.getByLabel(`${label}, 0 to 10`).fill("7.5");
  }
  await plain.getByRole("button", { name: "Update" }).click();
  assert.match(await totals(plain), /<b>PHP & co<\/b>/);
  assert.match(await plain.locator("#kept").getAttribute("open") ?? "closed", /^$/);
  assert.match(await plain.locator(".verdict .caution").first().innerText(), /your own figures/);
  const address = plain.url().slice(site.url.length + path.length);
  await close(plain);

  const page = await shown(address);
  for (const [slug, value] of [["switching-cost", 60], ["data-science", 30], ["switching-cost", 0], ["switching-cost", 45]]) {
    await slide(page, slug, value);
    await page.waitForTimeout(300);
    assert.deepEqual(await page.evaluate(read), await served(page.url()), `${slug} at ${value}: ${page.url()}`);
  }
  assert.match(await headline(page), /^<b>PHP & co<\/b> /);
  await assertAccessible(page);
  await assertNoSideways(page);
  await screenshot(page, "compare-kept");
  // "Start fresh" takes it all away again
  await page.getByLabel("We have today").selectOption("");
  await page.getByRole("button", { name: "Update" }).click();
  await page.waitForLoadState();
  assert.doesNotMatch(page.url(), /keep|months|now\.|switching/);
  assert.equal(await page.locator('[name="w.switching-cost"]').count(), 0);
  assert.deepEqual(page.complaints, []);
  await close(page);
});

test("nothing scrolls sideways on a phone, nor at 200 %, and targets are large enough", async () => {
  // 200 % of a window of 1280 leaves 640; 360 px also stands for 200 % of 720
  for (const size of [phone, { width: 640, height: 480 }]) {
    const page = await site.page({ size });
    for (const address of [...pages, `${path}?scores=editor&must=numpy`]) {
      await page.goto(address);
      await assertNoSideways(page);
    }
    await page.goto(path);
    for (const summary of await page.locator("summary").all()) await summary.click();
    await assertNoSideways(page);
    const small = await page.evaluate(() => [...document.querySelectorAll("#priorities :is(button, input, a, summary)")].filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && element.type !== "hidden" && (height < 23.5 || width < 23.5);
    }).map((element) => element.outerHTML.slice(0, 90)));
    assert.deepEqual(small, [], "targets under 24 px");
    await close(page);
  }
});

test("forced colours and paper show what matters", async () => {
  const forced = await shown("", { forcedColors: "active" });
  await screenshot(forced, "compare-forced");
  const drawn = await forced.locator(".plot .drawn").first().evaluate((shape) => getComputedStyle(shape).fill);
  assert.notEqual(drawn, await forced.evaluate(() => getComputedStyle(document.body).backgroundColor), "shapes can be told from the ground");
  await close(forced);

  const paper = await shown("?preset=data-and-ml");
  await paper.emulateMedia({ media: "print" });
  for (const hidden of ["[data-slider]", "[data-more]", ".presets", "[data-share]", ".site-header nav", ".theme"]) {
    assert.equal(await paper.locator(hidden).first().isVisible(), false, hidden);
  }
  for (const visible of ["[data-headline]", "[data-totals]", ".twin [data-twin-weight]", "[data-twin-flip]", ".pay", ".sources li"]) assert.equal(await paper.locator(visible).first().isVisible(), true, visible);
  await screenshot(paper, "compare-print");
  await close(paper);
});

test("pages stay within their budgets and ask nobody else", async () => {
  const sizes = new Map();
  const page = await site.page();
  page.on("response", (response) => sizes.set(response.url(), response));
  await page.goto(path, { waitUntil: "networkidle" });
  let [styles, scripts, html] = [0, 0, 0];
  for (const [url, response] of sizes) {
    const kind = response.request().resourceType();
    const weight = async () => (await fetchedSize(url)) ?? gzipSync(await response.body()).length;
    if (kind === "stylesheet") styles += await weight();
    if (kind === "script") scripts += await weight();
    if (kind === "document") html += await weight();
  }
  console.log(`compressed: HTML ${html} B, styles ${styles} B, scripts ${scripts} B`);
  assert.ok(html <= 30_000, `HTML ${html}`);
  assert.ok(styles <= 20_000, `CSS ${styles}`);
  assert.ok(scripts > 0 && scripts <= 20_000, `scripts ${scripts}`);
  assert.deepEqual(page.complaints, [], "no error, no blocked style or script, no third party");
  await close(page);
});

/** Bytes of an answer as they cross the wire. */
async function fetchedSize(url) {
  const { request } = await import("node:http");
  const body = await new Promise((resolve, reject) => {
    request(url, { headers: { "accept-encoding": "gzip" } }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => resolve(answer.headers["content-encoding"] === "gzip" ? Buffer.concat(chunks) : undefined));
    }).on("error", reject).end();
  });
  if (body) gunzipSync(body); // whole and sound
  return body?.length;
}
