// How work ends without an approval: the client is silent, or the project is cancelled at each of its moments.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { agree, arrived, assertBooks, balance, comeIn, done, fund, letters, movements, pass, rows, said, secondFactor, settled, start, statement, to } from "./people.mjs";
import { look, open } from "./site.mjs";

let site, olga;
before(async () => {
  site = await open({ flags: ["--demo"] });
  olga = await comeIn(site, /Olga/);
});
after(() => site.close());

for (const scripts of [true, false]) {
  test(`a project is cancelled before, after and in the middle of it, ${scripts ? "with" : "without"} scripts`, async () => {
    const [clara, emil] = [await comeIn(site, /Clara/, { scripts }), await comeIn(site, /Emil/, { scripts })];
    const first = `The parser ${scripts ? "one" : "two"}`;
    const [second, third] = [`${first} again`, `${first} thrice`];
    const contract = await agree(clara, emil, `Parsing, ${first}`, [[first, "1,500", 20], [second, "2,000", 22], [third, "500.55", 25]]);

    // before it is funded nothing has to move: both agree to drop it
    await clara.goto(contract);
    assert.match(await said(clara), /\$4,000\.55 not funded yet/);
    await to(clara, contract, "Propose a change");
    await clara.getByRole("radio", { name: /dropped/ }).check();
    await done(clara, /Propose/);
    await to(emil, contract, "Accept the change");
    await emil.locator("main form button.button").first().click();
    await clara.goto(contract);
    if (scripts) await look(clara, "cancel-dropped");
    assert.match(await said(clara), /\$2,500\.55 not funded yet/);
    assert.deepEqual(await movements(clara, first), []);

    // funded and not begun: all of it comes back
    await fund(clara, contract, "$2,000.00");
    assert.deepEqual(await rows(clara, second), [200_000]);
    await to(clara, contract, /Cancel/);
    if (scripts) await look(clara, "cancel-funded");
    await done(clara, "Cancel and take $2,000.00 back");
    await arrived(clara, contract, /\$2,000\.00 back to the client/);
    assert.deepEqual(await movements(clara, first), [["Paid in", 200_000], ["Refund arrived", -200_000]]);
    await settled(clara, second, []);

    // in the middle of the work: a split that the other side accepts
    await fund(clara, contract, "$500.55");
    await start(emil, contract);
    await clara.goto(contract);
    assert.equal(await clara.getByRole("link", { name: /^Cancel/ }).count(), 0, "what was begun is not simply taken back");
    await to(clara, contract, "Offer a settlement");
    await clara.getByLabel("To the expert").fill("200.33");
    await clara.getByLabel("Back to the client").fill("300");
    await clara.getByRole("button", { name: "Offer this" }).click();
    assert.match(await said(clara), /must add up/, "a cent too little is told at the field");
    assert.equal(await clara.getByLabel("To the expert").inputValue(), "200.33");
    await clara.getByLabel("Back to the client").fill("300.22");
    await clara.getByRole("button", { name: "Offer this" }).click();
    if (scripts) await look(clara, "settlement-shown-again");
    await done(clara, "Offer this");
    await emil.goto(contract);
    if (scripts) await look(emil, "settlement-offered");
    await emil.getByRole("link", { name: "Accept the settlement" }).click();
    if (scripts) await look(emil, "settlement-accept");
    await emil.locator("main form button.button").first().click();
    await arrived(clara, contract, /\$300\.22 back to the client|\$2,300\.22 back to the client/);
    assert.deepEqual((await movements(clara, first)).slice(2), [["Paid in", 50_055], ["Released to the expert", -20_033], ["Refund arrived", -30_022]]);
    assert.deepEqual(await movements(emil, first), [["Released to you", 20_033], ["Fee, with its tax", -2_003]]);
    await settled(clara, third, []);
    assert.deepEqual(await rows(emil, third), [18_030]);
    await assertBooks(olga);
    await Promise.all([clara, emil].map((page) => page.context().close()));
  });
}

test("a silent client is reminded, told what happens by itself, and then it does", async () => {
  const [clara, emil] = [await comeIn(site, /Clara/), await comeIn(site, /Emil/, { scripts: false })];
  await clara.goto("/contracts");
  await clara.getByRole("link", { name: /Rules as code/ }).click();
  const contract = clara.url();
  const before = { clara: await balance(clara) };
  await clara.goto(contract);
  assert.match(await said(clara), /If you do nothing, it counts as approved then and \$4,500\.00 is released to Emil/);

  // day by day: at half time, two days and one day before the end there is a letter, and nothing moves
  const told = [];
  for (let day = 1; day <= 3; day += 1) told.push(await pass(olga, "1 day on"));
  assert.deepEqual([(await balance(clara)).held, await rows(emil, "The quote service")], [before.clara.held, []]);
  const reminders = letters(site, "clara@demo.example").filter(({ text }) => /“The quote service”: a version still waits for your review/.test(text));
  assert.equal(reminders.length, 3, "one at half time, one two days and one a day before the end");
  assert.ok(reminders.every(({ text }) => /silence\s+counts\s+as\s+approval/i.test(text)));
  await clara.goto(contract);
  await look(clara, "silent-reminded");
  told.push(await pass(olga, "1 day on", "1 day on"));
  await arrived(clara, contract, /\$7,700\.00 released to the expert/);
  await look(clara, "silent-approved");
  assert.match(await said(clara), /The time to review ended: it counts as approved/);
  assert.ok(told.some((text) => /The client was reminded to review/.test(text)));

  assert.deepEqual((await movements(clara, "Rules as code")).at(-1), ["Released to the expert", -450_000]);
  assert.deepEqual((await movements(emil, "Rules as code")).slice(-2), [["Released to you", 450_000], ["Fee, with its tax", -45_000]]);
  assert.deepEqual(await rows(emil, "The quote service"), [405_000]);
  assert.equal((await balance(clara)).held, before.clara.held - 450_000);

  // five days later it can be had, and the expert takes it
  await pass(olga, "7 days on");
  const had = await balance(emil);
  assert.equal(had.pending, 0);
  assert.equal(had.payable, (await statement(emil)).end);
  const prove = await secondFactor(emil);
  await prove();
  await emil.goto("/payouts/new");
  await emil.getByLabel("How much").fill("4,050.00");
  await emil.getByRole("button", { name: "Pay out" }).click();
  await arrived(emil, "/balance", /\$4,050\.00\s+(paid|on its way|sent)/);
  assert.equal((await balance(emil)).payable, had.payable - 405_000);
  await assertBooks(olga);
});
