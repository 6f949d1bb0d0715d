// The joined flow: a founder weighs a comparison, raises a request with it, and the operator reads it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { binary, open } from "./site.mjs";

const comparison = "/compare/python-vs-nodejs-for-backend-hiring";
let site;
before(async () => (site = await open()));
after(() => site.close());

const read = (...words) => execFileSync(binary(), words, { cwd: site.directory, encoding: "utf8" });

async function fill(page) {
  await page.getByLabel("Your name").fill("Ada <b>Lovelace</b>");
  await page.getByLabel("E-mail").fill("ada@example.org");
  await page.getByLabel("What should be built").fill("An API that prices insurance quotes");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByLabel("Budget").fill("20,000-40,000");
  await page.getByRole("button", { name: "Go on" }).click();
}

for (const scripts of [true, false]) {
  test(`a comparison is carried into a request, ${scripts ? "with" : "without"} scripts`, async () => {
    const page = await site.page({ scripts });
    await page.goto(`${comparison}?w.data-science=4`);
    const verdict = (await page.locator("[data-headline]").innerText()).replace(/\s+/g, " ").trim();
    await page.getByRole("link", { name: "Hire a Python engineer" }).first().click();
    assert.match((await page.locator(".carried").innerText()).replace(/\s+/g, " "), new RegExp(verdict.slice(0, 40)));
    assert.equal(await page.getByLabel("Whom you need").inputValue(), "Python engineer");

    // an empty form comes back with everything that is wrong, and nothing is kept
    await page.getByRole("button", { name: "Go on" }).click();
    assert.match(await page.title(), /^Error/);
    assert.equal(await page.locator(".error-summary a").count(), 3);
    await page.locator(".error-summary a").first().click();
    assert.equal(await page.evaluate(() => document.activeElement.name), "name");

    await fill(page);
    await page.getByRole("button", { name: "Send the request" }).click();
    await page.waitForURL(/\/requests\/sent\//);
    const text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
    const reference = text.match(/R-\w{4}-\w{4}/)[0];
    assert.ok(text.includes("Ada <b>Lovelace</b>") && text.includes(verdict), text);
    assert.equal(await page.locator('meta[name="robots"]').getAttribute("content"), "noindex");

    const kept = JSON.parse(read("requests", "show", reference, "--format", "json"));
    assert.equal(kept.reference, reference);
    assert.equal(kept.brief.summary, "An API that prices insurance quotes");
    assert.deepEqual(kept.brief.budget, { from_minor: 2_000_000, to_minor: 4_000_000, currency: "USD" });
    assert.equal(kept.origin.verdict, verdict.replace(/ %/g, "\u00a0%"));
    assert.match(kept.origin.query, /w\.data-science=4/);
    assert.match(read("requests", "list"), new RegExp(reference));
    await page.context().close();
  });
}

test("clicking twice, or reloading the confirmation, keeps one request", async () => {
  const page = await site.page();
  const count = () => JSON.parse(read("requests", "list", "--format", "json")).items.length;
  const already = count();
  await page.goto("/requests/new?role=nodejs-engineer");
  await fill(page);
  await page.getByRole("button", { name: "Send the request" }).dblclick();
  await page.waitForURL(/\/requests\/sent\//);
  await page.reload();
  assert.match(page.url(), /\/requests\/sent\//);
  assert.equal(count(), already + 1);
  await page.context().close();
});
