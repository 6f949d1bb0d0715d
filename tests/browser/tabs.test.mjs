// The browser's back button after an approval, and a second tab with the page as it was before: nothing is approved twice, and
// the person reads what has happened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertBooks, comeIn, movements, said } from "./people.mjs";
import { open, screenshot } from "./site.mjs";

const SUM = "Approve and pay $4,500.00";
let site;
before(async () => (site = await open({ flags: ["--demo"] })));
after(() => site.close());

const ONCE = [["Released to the expert", -450_000]];
const released = async (client) => (await movements(client, "Rules as code")).filter(([why, cents]) => why === "Released to the expert" && cents !== -320_000);

/** Opens the page on which the approval is confirmed. */
async function confirm(client) {
  await client.goto("/contracts");
  await client.getByRole("link", { name: /Rules as code/ }).first().click();
  const contract = client.url();
  await client.getByRole("link", { name: SUM }).first().click();
  return contract;
}

// without scripts first: the approval is one for both
test("an approval is carried out once, whatever a person does with old pages", async () => {
  const client = await comeIn(site, /Clara/, { scripts: false });
  const contract = await confirm(client);
  const act = client.url();
  const [second, third] = await Promise.all([client.context().newPage(), client.context().newPage()]);
  await second.goto(act);
  await third.goto(contract);

  await client.getByRole("button", { name: SUM }).click();
  await client.waitForURL(/\/contracts\/con_/);
  assert.match(await said(client), /You approved 2 · The quote service/);

  // back to the form that was sent: the page as it is now, and no button to send it again
  await client.goBack();
  assert.equal(client.url(), act);
  assert.match(await said(client), /Not done\s+This milestone has ended; no more money moves in it\./);
  assert.equal(await client.getByRole("button", { name: SUM }).count(), 0);
  assert.deepEqual(await released(client), ONCE);

  // the second tab shows the form as it was: it is refused, and says why and where to go on
  await second.getByRole("button", { name: SUM }).click();
  await second.waitForLoadState();
  assert.match(await said(second), /Something has changed since you opened this page, so nothing was done\.[\s\S]*This milestone has ended; no more money moves in it\./);
  await screenshot(second, "approve-second-tab");
  await second.getByRole("link", { name: "Back to the contract" }).click();
  assert.match(await said(second), /You approved 2 · The quote service/);

  // the third has the contract as it was: the way to the act leads to the reason
  await third.getByRole("link", { name: SUM }).first().click();
  assert.match(await said(third), /Not done\s+This milestone has ended; no more money moves in it\./);
  assert.equal(await third.getByRole("button", { name: SUM }).count(), 0);
  assert.deepEqual(await released(client), ONCE);

  const olga = await comeIn(site, /Olga/);
  await assertBooks(olga);
});
