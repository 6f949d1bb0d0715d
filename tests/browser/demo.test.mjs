// From the demo's start page to an approved payment, counted in clicks; and the demo's own pages, looked at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look, open } from "./site.mjs";

const MOST_CLICKS = 12;

let site;
before(async () => (site = await open({ flags: ["--demo"] })));
after(() => site.close());

async function comeIn(name) {
  const page = await site.page();
  await page.goto("/");
  await page.getByRole("button", { name }).click();
  await page.waitForURL(/\/me$/);
  return page;
}

test(`a visitor approves a payment within ${MOST_CLICKS} clicks of the start page, without scripts`, async () => {
  const page = await site.page({ scripts: false });
  await page.goto("/");
  assert.match(await page.locator("header").innerText(), /Demo: pretend money/);
  const way = [
    () => page.getByRole("button", { name: /Clara Weiss/ }),
    () => page.getByRole("link", { name: "Contracts", exact: true }),
    () => page.getByRole("link", { name: /Rules as code/ }),
    () => page.getByRole("link", { name: "Approve and pay $4,500.00" }),
    () => page.getByRole("button", { name: "Approve and pay $4,500.00" }),
  ];
  for (const next of way) await next().first().click();
  await page.waitForURL(/\/contracts\/con_/);
  const said = await page.locator("main").innerText();
  assert.match(said, /You approved 2 · The quote service/);
  assert.doesNotMatch(said, /Approve and pay/);
  assert.ok(way.length <= MOST_CLICKS, `${way.length} clicks`);
  await page.context().close();
});

test("the start page of the demo is sound", async () => {
  const page = await site.page();
  await page.goto("/");
  await look(page, "demo-start");
  await page.context().close();
});

test("the pages of the demo's past are sound", async () => {
  const emil = await comeIn(/Emil/);
  await emil.goto("/statements?from=2020-01-01&to=2100-01-01");
  await look(emil, "statement");
  await emil.goto("/contracts");
  await emil.getByRole("link", { name: /The forecast and its test/ }).click();
  await look(emil, "contract-ended");
  await emil.getByRole("link", { name: "Invoices", exact: true }).click();
  await look(emil, "invoices");
  await emil.goto("/experts");
  await emil.context().close();
});

test("the operator lets time pass and reads what happened", async () => {
  const olga = await comeIn(/Olga/);
  await olga.goto("/office");
  await olga.getByRole("link", { name: /Move the demo/ }).click();
  await look(olga, "demo-clock");
  await olga.getByRole("button", { name: "7 days on" }).click();
  await olga.waitForURL(/from=/);
  assert.match(await olga.locator("main").innerText(), /became payable/);
  await look(olga, "demo-clock-moved");
  await olga.context().close();
});
