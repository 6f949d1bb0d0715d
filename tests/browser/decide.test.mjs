// Five people decide together over a link, without scripts; one changes their weights; the record is saved; the maker deletes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSideways, assertSound, look, open, phone } from "./site.mjs";

const comparison = "/compare/python-vs-nodejs-for-backend-hiring";
let site;
before(async () => {
  site = await open();
});
after(() => site.close());

const plain = (options = {}) => site.page({ scripts: false, ...options });
const close = (page) => page.context().close();
const said = (page) => page.getByRole("main").innerText();

/** Weights by slug; every other criterion gets nothing. */
async function weigh(page, weights) {
  for (const field of await page.locator("[data-number]").all()) {
    const slug = (await field.getAttribute("name")).slice(2);
    await field.fill(String(weights[slug] ?? 0));
  }
}

async function join(invite, name, weights, note = "") {
  const page = await plain();
  await page.goto(invite);
  await page.getByLabel("Your name").fill(name);
  await weigh(page, weights);
  if (note) await page.getByLabel("Why, or what speaks against it").fill(note);
  await page.getByRole("button", { name: "Add my weights" }).click();
  await page.waitForLoadState();
  assert.match(await said(page), /What you said/, `${name} is in`);
  return page;
}

/** From the comparison to the page of whoever made it, and the link that invites. */
async function begin(settings = "", name = "") {
  const page = await plain();
  await page.goto(comparison + settings);
  await page.getByRole("link", { name: "Decide together" }).click();
  await page.getByLabel("What is to be decided").fill("What do we build it in?");
  if (name) await page.getByLabel("Your name (optional)").fill(name);
  await page.getByRole("button", { name: "Keep it and get the links" }).click();
  await page.waitForLoadState();
  return { page, maker: page.url(), invite: await page.locator("#invite-url").inputValue() };
}

test("five people decide together over the link with scripts off", async () => {
  const { page, maker, invite } = await begin("", "Mia");
  assert.notEqual(invite, maker);
  assert.match(await said(page), /1 of 1 sees/);
  const ada = await join(invite, "Ada", { "data-science": 100 }, "Our models are in Python.");
  const ben = await join(invite, "Ben", { "data-science": 80, talent: 20 });
  const eve = await join(invite, "Eve", { "full-stack": 100 });
  const tom = await join(invite, "Tom", { "full-stack": 60, performance: 40 });
  const links = [ada, ben, eve, tom].map((one) => one.url());
  assert.equal(new Set([...links, maker, invite]).size, 6, "everybody has a link of their own");

  await tom.reload();
  let text = await said(tom);
  for (const name of ["Mia", "Ada", "Ben", "Eve", "Tom"]) assert.match(text, new RegExp(`\\b${name}\\b`));
  assert.match(text, /Our models are in Python\./);
  assert.match(text, /of 5 see (Python|Node\.js) ahead/);
  const before = await tom.locator(".verdict .display").innerText();

  // Tom thinks again, and the common verdict moves with him.
  await weigh(tom, { "data-science": 100 });
  await tom.getByRole("button", { name: "Save" }).click();
  await tom.waitForLoadState();
  assert.equal(tom.url(), links[3], "the link stays");
  text = await said(tom);
  assert.match(text, /3 of 5 see Python ahead, 2 see Node\.js ahead/);
  assert.notEqual(await tom.locator(".verdict .display").innerText(), before);

  // Beside all together: the parts of one person's difference.
  await eve.reload();
  await eve.getByRole("row", { name: /Eve/ }).first().getByRole("link", { name: /why/ }).click();
  await eve.waitForLoadState();
  assert.match(await said(eve), /What makes the difference/);
  assert.ok(!eve.url().includes("/decisions/"), "no secret in that address");

  // The record, to be saved.
  await page.reload();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "The record as Markdown" }).click()]);
  assert.equal(download.suggestedFilename(), "decision.md");
  const record = readFileSync(await download.path(), "utf8");
  for (const part of ["# What do we build it in?", "## Positions", "| Tom |", "**Ada** says:", "## Where we differ", "## Sources"]) assert.ok(record.includes(part), part);
  assert.ok(!record.includes("/decisions/"), "the record gives no link away");

  // Gone for everybody, as for nothing.
  await page.getByRole("link", { name: "Delete this decision" }).click();
  assert.match(await said(page), /It cannot be undone/);
  await page.getByRole("button", { name: "Delete it for everybody" }).click();
  await page.waitForLoadState();
  assert.match(await said(page), /The decision is deleted/);
  const nothing = await plain();
  for (const link of [maker, invite, ...links, `${maker}/record.md`]) {
    const answer = await nothing.goto(link);
    assert.equal(answer.status(), 404, link);
    assert.doesNotMatch(await said(nothing), /Mia|Ada|build it in/);
  }
  for (const one of [page, ada, ben, eve, tom, nothing]) await close(one);
});

test("its pages are sound in both themes, on a phone, by keyboard and on paper", async () => {
  const { page, maker, invite } = await begin("?w.talent=3", "Mia with a rather long name and another");
  await close(page);
  const long = "W".repeat(60);
  await close(await join(invite, long, { "data-science": 100 }, "x".repeat(600)));
  const ada = await join(invite, "Ada", { "full-stack": 100 });
  const own = ada.url();
  await close(ada);
  const pages = [[maker, "decide-maker"], [invite], [own, "decide-own"], [`${maker}/record`, "decide-record"], [`${maker}/delete`], [`${own}/withdraw`]];
  for (const [path, name] of [...pages, [`/decisions/new?comparison=${comparison.split("/").pop()}`, "decide-new"]]) {
    await assertSound(site, path, { name });
  }
  // With scripts each weight has its slider, and both say the same.
  const shown = await site.page();
  await shown.goto(own);
  const row = shown.locator(".weigh-row").first();
  const slider = row.locator("[data-slider]");
  await slider.focus();
  await shown.keyboard.press("End");
  assert.equal(await row.locator("[data-number]").inputValue(), "100");
  await row.locator("[data-number]").fill("25");
  assert.equal(await slider.inputValue(), "25");
  await assertAccessible(shown);
  // By keyboard alone it is saved.
  await shown.getByLabel("Your name").focus();
  await shown.keyboard.press("Enter");
  await shown.waitForLoadState();
  assert.equal(shown.url(), own);
  assert.deepEqual(shown.complaints, []);
  await close(shown);
});

test("a colour chosen without scripts leads back to the decision", async () => {
  const { page, maker } = await begin();
  await close(page);
  const shown = await plain();
  for (const path of [maker, `${maker}/record`]) {
    await shown.goto(path);
    const before = shown.url();
    await shown.getByRole("button", { name: "Dark" }).click();
    await shown.waitForLoadState();
    assert.equal(shown.url(), before);
    assert.equal(await shown.locator("html").getAttribute("data-theme"), "dark");
  }
  await close(shown);
});

test("mistakes are said and nothing typed is lost", async () => {
  const { page, invite } = await begin();
  await close(page);
  const other = await plain({ size: phone });
  await other.goto(invite);
  await weigh(other, {});
  await other.getByLabel("Why, or what speaks against it").fill("kept words");
  await other.getByRole("button", { name: "Add my weights" }).click();
  await other.waitForLoadState();
  assert.match(await said(other), /There is a problem/);
  assert.match(await said(other), /Say what the others are to call you/);
  assert.match(await said(other), /All weights are 0/);
  assert.equal(await other.getByLabel("Why, or what speaks against it").inputValue(), "kept words");
  await assertNoSideways(other);
  await close(other);
});

test("two states side by side, a colleague's whole link pasted", async () => {
  const page = await plain();
  await page.goto(`${comparison}?w.data-science=90`);
  await page.getByRole("link", { name: "Put it beside a colleague’s state" }).click();
  await page.waitForLoadState();
  await page.getByRole("textbox", { name: "Second state" }).fill(`https://another.example${comparison}?w.full-stack=90#priorities`);
  await page.getByRole("button", { name: "Put them side by side" }).click();
  await page.waitForLoadState();
  const text = await said(page);
  assert.match(text, /What makes the difference/);
  assert.match(text, /flips it/);
  assert.ok(!page.url().includes("another.example"), page.url());
  const path = new URL(page.url());
  await close(page);
  await assertSound(site, path.pathname + path.search);
  const shown = await site.page();
  await shown.goto(path.pathname + path.search);
  await look(shown, "side-by-side");
  await close(shown);
});
