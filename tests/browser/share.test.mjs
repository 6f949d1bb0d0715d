// A comparison leaves its page: frames in pages of others, codes to copy, and paper.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSideways, assertReadable, look, open, phone, screenshot, themes } from "./site.mjs";

const path = "/compare/python-vs-nodejs-for-backend-hiring";
const embed = `/embed${path}`;

let site;
before(async () => {
  site = await open();
});
after(() => site.close());

/** A page of somebody else, at another origin. */
async function elsewhere(html, run) {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html; charset=utf-8").end(`<!doctype html><html lang="en"><title>Elsewhere</title><h1>Elsewhere</h1>${html}`));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await run(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
  }
}

const codes = async (page) => ({
  living: await page.locator("[data-embed=living]").inputValue(),
  frozen: await page.locator("[data-embed=frozen]").inputValue(),
});

test("the codes of the page make frames in a page of somebody else, with scripts and without", async () => {
  const page = await site.page();
  await page.goto(`${path}?w.data-science=3`);
  const { living, frozen } = await codes(page);
  const script = (await page.locator("#embed code").last().textContent()).trim();
  await page.context().close();
  await elsewhere(`${living}${frozen}${script}`, async (address) => {
    for (const scripts of [true, false]) {
      const other = await site.page({ scripts, watch: false });
      const asked = [];
      other.on("request", (request) => asked.push(request));
      await other.goto(address, { waitUntil: "networkidle" });
      const frames = other.frames().filter((frame) => frame.url().includes(embed));
      assert.equal(frames.length, 2);
      for (const frame of frames) {
        assert.match(await frame.locator(".display").innerText(), /Python/);
        assert.equal(await frame.evaluate(() => document.cookie), "");
      }
      const named = await other.locator("iframe").first().getAttribute("title");
      assert.equal(named, "Python vs Node.js for backend hiring: verdict and scores");
      const heights = await other.locator("iframe").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
      const inside = await Promise.all(frames.map((frame) => frame.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height))));
      assert.deepEqual(heights, scripts ? inside : [600, 600], "as tall as what is in it, where scripts run");
      for (const request of asked) {
        const to = request.url();
        assert.ok(to.startsWith(site.url) || to.startsWith(address), `a request to ${to}`);
        assert.equal(request.headers().cookie, undefined, to);
      }
      const kept = await other.context().cookies();
      assert.deepEqual(kept, []);
      await other.context().close();
    }
  });
});

test("nothing but embeds shows in a frame", async () => {
  const shown = (address) => `<iframe src="${site.url}${address}"></iframe>`;
  await elsewhere(["/", path, `${path}.svg`, embed].map(shown).join(""), async (address) => {
    const other = await site.page({ watch: false });
    await other.goto(address, { waitUntil: "networkidle" });
    const inside = await Promise.all(other.frames().slice(1).map(async (frame) => (await frame.content()).includes("Python vs Node.js")));
    assert.deepEqual(inside, [false, false, false, true]);
    await other.context().close();
  });
});

test("a message of another origin, or of nonsense, moves no frame", async () => {
  const page = await site.page();
  await page.goto(path);
  const { living } = await codes(page);
  await page.context().close();
  await elsewhere(`${living}<script src="${site.url}/embed/height.js"></script>`, async (address) => {
    const other = await site.page({ watch: false });
    await other.goto(address, { waitUntil: "networkidle" });
    const before = await other.locator("iframe").evaluate((frame) => frame.style.height);
    await other.evaluate(() => {
      for (const height of [9, 1e9, -1, "9px;color:red"]) postMessage(JSON.stringify({ context: "iframe.resize", height }), "*");
      for (const nonsense of ["{", 7, null, { context: "iframe.resize", height: 5 }]) postMessage(nonsense, "*");
    });
    await other.waitForTimeout(100);
    assert.equal(await other.locator("iframe").evaluate((frame) => frame.style.height), before);
    assert.deepEqual(other.complaints, []);
    await other.context().close();
  });
});

for (const state of ["", "?edition=1&w.talent=9", "?must=numpy", "?edition=99"]) {
  test(`a frame can be read by everybody: ${state}`, async () => {
    for (const theme of themes) {
      const page = await site.page({ theme, size: { width: 720, height: 600 } });
      await page.goto(embed + state);
      await assertAccessible(page);
      await assertReadable(page);
      assert.deepEqual(page.complaints, []);
      await screenshot(page, `embed-${theme}-${state.replace(/\W/g, "")}`);
      await page.context().close();
    }
    const narrow = await site.page({ size: phone });
    await narrow.goto(embed + state);
    await assertNoSideways(narrow);
    await narrow.context().close();
  });
}

test("the theme of a frame is its address's, not that of a cookie", async () => {
  const page = await site.page();
  await page.goto("/");
  await page.getByRole("button", { name: "Dark" }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.goto(embed);
  const system = await ground();
  await page.goto(`${embed}?theme=dark`);
  assert.notEqual(await ground(), system);
  await page.goto(`${embed}?theme=light`);
  assert.equal(await ground(), system);
  await page.context().close();
});

test("the menu is there without scripts, and follows the sliders with them", async () => {
  const plain = await site.page({ scripts: false });
  await plain.goto(`${path}?w.performance=3`);
  for (const name of ["Cite", "Embed"]) await plain.locator("#next summary", { hasText: name }).click();
  assert.match(await plain.locator("[data-cite]").inputValue(), /edition 5 of .*\?edition=5&w\.performance=3&/);
  assert.equal(await plain.locator("[data-copy]:visible").count(), 0, "no button that does nothing");
  assert.match((await codes(plain)).living, /\?w\.performance=3&amp;w\.data-science=1&amp;/);
  await plain.context().close();

  const page = await site.page();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(path);
  assert.match((await codes(page)).living, /src="[^"?]*"/, "the bare page follows the default weights");
  for (const name of ["Cite", "Embed"]) await page.locator("#next summary", { hasText: name }).click();
  await look(page, "share");
  const slide = (slug, value) => page.locator(`[data-row]:has([name="w.${slug}"]) [data-slider]`).evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, value);
  const read = () => page.evaluate(() => [
    ...[...document.querySelectorAll("#next textarea, #next input")].map((field) => field.value),
    ...[...document.querySelectorAll("#next a[data-export], #next a[data-frame]")].map((link) => link.href),
  ]);
  for (const move of [() => slide("data-science", 40), () => page.locator("[data-preset=data-and-ml]").click(), () => slide("talent", 0), () => page.locator("[data-reset]").click()]) {
    await move();
    await page.waitForTimeout(300);
    const served = await site.page({ scripts: false });
    await served.goto(page.url());
    const fields = await served.locator("#next textarea, #next input").evaluateAll((all) => all.map((field) => field.value));
    const links = await served.locator("#next a[data-export], #next a[data-frame]").evaluateAll((all) => all.map((link) => link.href));
    assert.deepEqual(await read(), [...fields, ...links], page.url());
    await served.context().close();
  }
  await page.locator("[data-copy=embed-frozen]").click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, (await codes(page)).frozen);
  assert.equal(await page.locator("[data-copy=embed-frozen]").innerText(), "Copied");
  for (const ending of ["json", "csv", "md", "decision.md", "svg", "png", "zip"]) {
    const href = await page.locator(`a[data-export*=".${ending}"]`).first().getAttribute("href");
    assert.equal((await page.request.get(href)).status(), 200, href);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** How many pages a PDF has. */
const sheets = (pdf) => (pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length;

test("on paper it is a report of two pages, light, with numbered sources and its address", async () => {
  const own = "now.performance=5&now.data-science=3&now.full-stack=4&now.talent=6&now.learning-curve=7&now.ecosystem=9.5";
  const kept = `?keep=other&keep.name=Our%20own%20framework%20from%202011%20in%20Perl&${own}&months.python=6&months.nodejs=30.5&w.performance=33&w.hiring-cost=5`;
  for (const [name, state] of [["bare", ""], ["set", "?must=numpy&w.hiring-cost=5&region=ua"], ["old", "?edition=1"], ["unsaid", "?keep=other"], ["kept", kept], ["kept, with a must-have", `${kept}&must=numpy&scores=editor`]]) {
    const page = await site.page({ theme: "dark" });
    await page.goto(path + state);
    await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
    for (const format of ["A4", "Letter"]) {
      const pdf = await page.pdf({ format, printBackground: true });
      assert.equal(sheets(pdf), 2, `${name} on ${format}`);
    }
    await page.emulateMedia({ media: "print" });
    const colours = await page.evaluate(() => ({ ink: getComputedStyle(document.body).color, scheme: getComputedStyle(document.documentElement).colorScheme }));
    assert.deepEqual(colours, { ink: "rgb(28, 27, 25)", scheme: "light" });
    for (const hidden of ["[data-slider]", "#next", ".presets", ".visitor", ".site-footer", "[data-copy]"]) assert.equal(await page.locator(hidden).first().isVisible(), false, hidden);
    for (const shown of ["[data-headline]", ".twin [data-twin-weight]", ".paper-foot"]) assert.equal(await page.locator(shown).first().isVisible(), true, shown);
    const foot = await page.locator(".paper-foot").innerText();
    assert.match(foot, /edition \d of \d+ \w+ \d{4} · http:\/\/\S+\?edition=\d&w\./);
    assert.doesNotMatch(await page.locator("main").innerText(), /see the table/, "nothing is spoken of that is not printed");
    const sources = await page.locator(".sources li").allInnerTexts();
    if (name !== "old") {
      assert.ok(sources.length > 20 && sources.every((text) => /https?:\/\/|\/compare\//.test(text)), "each with its address");
      const cited = await page.locator(".twin tbody small").allInnerTexts();
      const numbers = cited.join(" ").match(/\d+/g).map(Number);
      assert.ok(numbers.length > 10 && numbers.every((number) => number >= 1 && number <= sources.length), "rows name their sources");
    }
    await page.context().close();
  }
});
