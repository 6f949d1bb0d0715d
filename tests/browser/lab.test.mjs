// What our own lab measured, as a reader meets it: sound in both themes, on a phone, without scripts; every way in it leads somewhere.
import assert from "node:assert/strict";
import { dirname, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertSound, open } from "./site.mjs";

const content = resolve(dirname(fileURLToPath(import.meta.url)), "../lab/content");
const comparison = "/compare/python-vs-nodejs-for-backend-hiring";
let site;

before(async () => {
  site = await open({ flags: ["--content", content] });
});
after(() => site.close());

test("the page of a run is sound", async () => {
  await assertSound(site, "/lab/lab-2026-12-01");
});

test("measurements of our own beside the sources are sound", async () => {
  await assertSound(site, `${comparison}/scores/performance?edition=lab-1`);
});

test("from a score to the raw output by keyboard, without scripts", async () => {
  const page = await site.page({ scripts: false });
  await page.goto(`${comparison}/scores/performance?edition=lab-1#measured-by-us`);
  const part = page.locator("#measured-by-us");
  assert.match(await part.innerText(), /Fastify and FastAPI: no difference measured/);
  await part.getByRole("link", { name: "How it was measured, and the raw output" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/lab\/lab-2026-12-01$/);
  const raw = await page.getByRole("link", { name: "Raw output" }).getAttribute("href");
  const reply = await page.request.get(new URL(raw, site.url).href);
  assert.equal(reply.status(), 200);
  const lines = (await reply.text()).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, 8);
  await page.context().close();
});

test("claims show what was measured of them", async () => {
  const page = await site.page();
  await page.goto(`${comparison}?edition=lab-1`);
  const claim = page.locator("#claim-io-bound-speed");
  const lab = claim.locator("details.lab");
  assert.match(await lab.innerText(), /Measured by us, indicative: as claimed in 1 of 2 comparisons/);
  await lab.locator("summary").click();
  assert.match(await lab.innerText(), /no difference measured/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
