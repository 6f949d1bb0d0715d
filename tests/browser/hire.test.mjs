// From a request to an approved payment in a browser, as two people of the demo; every page on the way is looked at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look, open } from "./site.mjs";

let site;
before(async () => (site = await open({ flags: ["--demo"] })));
after(() => site.close());

async function comeIn(name, options = {}) {
  const page = await site.page(options);
  await page.goto("/sign-in");
  await page.getByRole("button", { name }).click();
  await page.waitForURL(/\/me$/);
  return page;
}

// What a provider reports comes a moment later.
async function arrived(page, path, expected) {
  for (let round = 0; round < 40; round += 1) {
    await page.goto(path);
    if (expected.test(await page.locator("main").innerText())) return;
    await page.waitForTimeout(250);
  }
  assert.match(await page.locator("main").innerText(), expected);
}

const soon = () => new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);

for (const scripts of [true, false]) {
  test(`two people come from a request to an approved payment, ${scripts ? "with" : "without"} scripts`, async () => {
    // the checkout stands at the provider: requests to elsewhere are no complaint
    const client = await comeIn(/Clara Weiss/, { scripts, watch: false });
    await client.goto("/requests/new?role=python-engineer");
    assert.equal(await client.getByLabel("E-mail").inputValue(), "clara@demo.example");
    const summary = `An API that prices insurance quotes, ${scripts ? "with" : "without"} scripts`;
    await client.getByLabel("What should be built").fill(summary);
    for (const step of ["what", "done", "price"]) {
      if (step === "price") await client.getByLabel("Budget").fill("8,000-12,000");
      if (scripts) await look(client, `request-${step}`);
      await client.getByRole("button", { name: "Go on" }).click();
    }
    if (scripts) await look(client, "request-preview");
    await client.getByRole("button", { name: "Send the request" }).click();
    await client.getByLabel("When is it done?").fill("A quote is answered within 200 ms\n- A README says how to run it");
    await client.getByRole("button", { name: "Show it to experts" }).click();
    const request = client.url();
    if (scripts) await look(client, "request");

    const expert = await comeIn(/Emil/, { scripts, watch: false });
    await expert.goto("/requests");
    await expert.getByRole("link", { name: summary, exact: true }).click();
    assert.ok(!(await expert.content()).includes("clara@"), "experts see no address");
    await expert.getByRole("button", { name: "Answer this request" }).click();
    await expert.getByLabel("Your message").fill("Which rules change most often?");
    await expert.getByRole("button", { name: "Send" }).click();
    const talk = expert.url().split("#")[0];
    await expert.getByRole("link", { name: "Make a proposal" }).click();
    await expert.getByRole("button", { name: "Send it" }).click();
    assert.ok((await expert.locator(".error-summary a").count()) >= 6);
    if (scripts) await look(expert, "proposal-refused");
    const typed = {
      "answer-1": "From a table in memory",
      "answer-2": "Yes",
      "title-1": "The quote service",
      "deliverable-1": "A service with tests",
      "price-1": "6,500",
      "due-1": soon(),
    };
    for (const [name, value] of Object.entries(typed)) await expert.locator(`#${name}`).fill(value);
    await expert.getByRole("button", { name: "Send it" }).click();

    await client.goto(talk);
    assert.match(await client.locator("main").innerText(), /Which rules change most often\?/);
    if (scripts) await look(client, "conversation");
    await client.getByRole("button", { name: "Accept version 1" }).click();
    const contract = client.url();
    assert.match(contract, /\/contracts\/con_/);
    if (scripts) await look(client, "contract-offered");
    await client.goto(request);
    assert.match(await client.locator("main").innerText(), /matched/);

    for (const person of [client, expert]) {
      await person.goto(contract);
      await person.getByRole("button", { name: "Sign this contract" }).click();
    }
    await client.goto(contract);
    await client.getByRole("link", { name: "Fund $6,500.00" }).click();
    await client.getByRole("button", { name: /pay \$6,500\.00/ }).click();
    const pay = client.getByRole("link", { name: /^Pay \$6,500\.00/ });
    // the worker opens the checkout; the page looks again by itself
    await pay.waitFor({ timeout: 20_000 });
    await pay.click();
    await client.locator("form button").first().click();
    await client.waitForURL(contract);
    await arrived(client, contract, /held/);

    await expert.goto("/me/payout-account");
    if (!/Checked since/.test(await expert.locator("main").innerText())) {
      await expert.getByRole("button", { name: /^Begin at/ }).click();
      await expert.getByRole("link", { name: /^Go on at/ }).click();
      await expert.locator("form button").first().click();
      await expert.waitForURL(/\/me\/payout-account$/);
      await arrived(expert, "/me/payout-account", /Checked since/);
    }
    await expert.goto(contract);
    await expert.getByRole("link", { name: /^Start/ }).click();
    await expert.locator("main form button").first().click();
    await expert.getByRole("link", { name: /^Submit/ }).click();
    if (scripts) await look(expert, "submit");
    for (const box of await expert.locator("main input[type=checkbox]").all()) await box.check();
    await expert.getByLabel("Links to the work").fill("https://example.org/quotes");
    await expert.locator("main form button").first().click();

    await client.goto(contract);
    if (scripts) await look(client, "contract-submitted");
    await client.getByRole("link", { name: "Approve and pay $6,500.00" }).click();
    if (scripts) await look(client, "approve");
    await client.getByRole("button", { name: "Approve and pay $6,500.00" }).click();
    await arrived(client, contract, /released to the expert/);
    await expert.goto("/balance");
    assert.match(await expert.locator("main").innerText(), /\$5,850\.00/);
    if (scripts) await look(expert, "balance");
    await client.context().close();
    await expert.context().close();
  });
}

test("the pages of one person are sound, and signing out ends them", async () => {
  const page = await comeIn(/Clara Weiss/);
  const pages = [["/me", "me"], ["/me/account", "account"], ["/requests", "requests"], ["/me/notices", "notices"]];
  for (const [path, name] of [...pages, ["/me/legal", "legal"], ["/terms", "terms"]]) {
    await page.goto(path);
    await look(page, name);
  }
  await page.goto("/me/account");
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.goto("/me");
  assert.match(page.url(), /\/sign-in\?to=%2Fme$/);
  await look(page, "sign-in");
});

test("the office shows what is missing before real money moves", async () => {
  const page = await comeIn(/Olga Brandt/);
  for (const [path, name] of [["/office", "office"], ["/office/go-live", "go-live"], ["/office/letters", "letters"]]) {
    await page.goto(path);
    await look(page, name);
  }
  await page.context().close();
});
