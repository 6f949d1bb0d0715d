// Managed mode, and an operator's day: each thing that waits is decided in three clicks, and whom it concerns reads it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, assertBooks, comeIn, fund, pass, propose, rows, said, secondFactor, sign } from "./people.mjs";
import { look, open } from "./site.mjs";

let site, olga, prove;
before(async () => {
  site = await open({ flags: ["--demo", "--bank-holder", "Northgate Engineers", "--bank-iban", "DE89370400440532013000"] });
  olga = await comeIn(site, /Olga/);
  prove = await secondFactor(olga);
});
after(() => site.close());

for (const scripts of [true, false]) {
  test(`the operator proposes experts, and one of them makes a contract, ${scripts ? "with" : "without"} scripts`, async () => {
    const [clara, emil] = [await comeIn(site, /Clara/, { scripts }), await comeIn(site, /Emil/, { scripts })];
    const summary = `A ledger for our till, ${scripts ? "with" : "without"} scripts`;
    const request = await ask(clara, summary, { managed: true });
    await emil.goto("/requests");
    assert.ok(!(await said(emil)).includes(summary), "nobody else sees it");

    await olga.goto("/office/requests");
    await olga.getByRole("row", { name: summary }).getByRole("link").first().click();
    await olga.locator("#listed_1").selectOption({ label: "Emil Sørensen" });
    await olga.getByLabel("Why this one").first().fill("Two tills with their books, both still in use.");
    await olga.getByRole("button", { name: "Propose" }).click();
    await clara.goto(request);
    assert.match(await said(clara), /Emil Sørensen[\s\S]*Two tills with their books/);
    if (scripts) await look(clara, "managed-proposed");
    await clara.getByRole("button", { name: /Talk to Emil|Talk/ }).first().click();
    const talk = clara.url().split("#")[0];
    await clara.getByLabel("Your message").fill("Could you start in December?");
    await clara.getByRole("button", { name: "Send" }).click();
    await emil.goto(talk);
    assert.match(await said(emil), /Could you start in December\?/);
    const title = `The till ${scripts ? "one" : "two"}`;
    await propose(emil, talk, [[title, "3,000", 20]]);
    const contract = await sign(clara, emil, talk);
    await fund(clara, contract, "$3,000.00");
    assert.deepEqual(await rows(clara, title), [300_000]);
    await Promise.all([clara, emil].map((page) => page.context().close()));
  });
}

/** Clicks on each of these in turn, three at most. */
async function decide(...clicks) {
  assert.ok(clicks.length <= 3, `${clicks.length} clicks`);
  for (const click of clicks) await click();
  await olga.waitForLoadState();
  assert.equal(await olga.locator(".error-summary").count(), 0, await said(olga));
}
const link = (name) => () => olga.getByRole("link", { name }).first().click();
const send = () => olga.locator("main form button.button").first().click();
const press = (name) => () => olga.getByRole("button", { name }).first().click();

test("an operator's day: vetting, a hold and its end, a visit, and money nobody knows", async () => {
  const emil = await comeIn(site, /Emil/);
  await prove();
  await olga.goto("/office");
  const waiting = async (queue) => Number(await olga.getByRole("row", { name: queue }).locator("td").first().innerText());
  const profiles = await waiting("Expert profiles to vet");
  await decide(link("Expert profiles to vet"), () => olga.locator("main table:not(.queues) th a").first().click(), press(/^All of it holds/));
  await olga.goto("/office");
  assert.equal(await waiting("Expert profiles to vet"), profiles - 1);

  // a visit with its reason, then a hold that the person reads with the operator's name
  await olga.goto("/office/people?q=emil");
  await olga.getByRole("link", { name: "Emil Sørensen" }).click();
  await olga.getByLabel("In a few words").fill("A client asked who they are.");
  await decide(send);
  await decide(link("Put a hold on this account"));
  await olga.getByLabel("Payouts").check();
  await olga.locator("main [name=reason]").first().check();
  await olga.getByLabel("What was found").fill("The account was named from an unknown place.");
  await olga.getByLabel("Which rule it breaks").fill("terms, 7.3");
  await decide(press("Put the hold on"));
  await emil.goto("/me/holds");
  assert.match(await said(emil), /The account was named from an unknown place\.[\s\S]*Olga Brandt/);
  await emil.goto("/balance");
  assert.match(await said(emil), /Something of your account is stopped/);
  await olga.goto("/office");
  await decide(link("Holds on accounts and contracts"), link("Payouts"));
  await olga.getByLabel("Lift it").check();
  const why = olga.getByLabel("Why", { exact: true });
  if (await why.count()) await why.fill("The person called; it was them.");
  await decide(send);
  await emil.goto("/balance");
  assert.doesNotMatch(await said(emil), /Something of your account is stopped/);
  await emil.goto("/me/audit");
  for (const part of [/A client asked who they are\./, /unknown place/, /Olga Brandt/]) assert.match(await said(emil), part);
  await look(emil, "audit");

  // a transfer that matches nothing goes back to its sender
  await olga.goto("/office/receipts");
  await olga.getByLabel("The statement, as CSV").fill("date,amount,currency,reference,counterparty,transaction_id\n2026-11-25,500.00,USD,rent,A stranger,t1");
  await decide(press("Read it"));
  assert.match(await said(olga), /0 lines were matched, 1 wait below/);
  await olga.goto("/office");
  await decide(link("Transfers that match no payment"), link("$500.00"));
  await olga.getByLabel(/goes back to the sender/).check();
  await olga.getByLabel("Why it goes back").fill("Rent of somebody else: it is not for us.");
  await decide(send);
  await olga.goto("/office/receipts");
  const unmatched = olga.getByRole("region", { name: "That match no payment" });
  assert.doesNotMatch(await unmatched.innerText(), /A stranger/);
  await look(olga, "receipts");
  await olga.goto("/office/log");
  assert.match(await said(olga), /Olga Brandt/);
  await assertBooks(olga);
  await pass(olga, "1 hour on");
});
