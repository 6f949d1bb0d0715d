import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertNoSideways, assertSound, open, phone, screenshot } from "./site.mjs";

let site;
before(async () => {
  site = await open({ flags: ["--brand-name", "Northgate Engineers"] });
});
after(async () => {
  assert.equal(await site.close(), 0, "the program ends with 0 on SIGTERM");
});

test("the program is healthy and says so", async () => {
  const answer = await fetch(`${site.url}/health`);
  assert.equal(answer.status, 200);
  assert.equal((await fetch(`${site.url}/ready`)).status, 200);
  assert.match(await (await fetch(`${site.url}/metrics`)).text(), /earnest_http_requests_total/);
});

test("the error page is sound and helps on", async () => {
  await assertSound(site, "/nowhere", { status: 404 });
  const page = await site.page({ size: phone });
  await page.goto("/nowhere");
  await page.getByRole("heading", { name: "There is no page here" }).waitFor();
  await screenshot(page, "error-phone");
});

test("the licences page is sound, also with everything opened", async () => {
  await assertSound(site, "/licences");
  const page = await site.page({ size: phone });
  await page.goto("/licences");
  for (const summary of await page.locator("summary").all()) await summary.click();
  await assertNoSideways(page);
  await page.context().close();
});

test("the first Tab leads past the navigation", async () => {
  const page = await site.page();
  await page.goto("/licences");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
});

for (const scripts of [true, false]) {
  test(`the theme is remembered ${scripts ? "with" : "without"} scripts`, async () => {
    const page = await site.page({ scripts });
    await page.goto("/licences?a=1");
    const ground = () => page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor);
    const light = await ground();
    const remembered = page.waitForResponse((response) => response.url().endsWith("/theme"));
    await page.getByRole("button", { name: "Dark" }).click();
    await remembered;
    await page.waitForLoadState();
    assert.match(page.url(), /\/licences\?a=1$/);
    assert.notEqual(await ground(), light);
    await page.goto("/nowhere");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    await page.context().close();
  });
}

test("fonts come from the site and stand-ins keep the lines in place", async () => {
  const page = await site.page();
  await page.goto("/licences");
  await page.evaluate(() => document.fonts.ready);
  const loaded = await page.evaluate(() => [...document.fonts].filter((font) => font.status === "loaded").map((font) => font.family.replaceAll('"', "")));
  assert.ok(loaded.includes("Earnest Sans") && loaded.includes("Earnest Serif"), String(loaded));
  await page.context().close();
});
