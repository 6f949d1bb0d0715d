// Two people disagree: both figures, what moves at once, evidence, a decision with reasons, and the other operator's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { agree, arrived, assertBooks, comeIn, comeInBy, done, fund, OTTO, movements, pass, rows, said, secondFactor, settled, start, submit, to } from "./people.mjs";
import { look, open } from "./site.mjs";

let site, olga, otto, prove;
before(async () => {
  site = await open({ flags: ["--demo"], before: [OTTO] });
  olga = await comeIn(site, /Olga/);
  otto = await comeInBy(site, site.said[0]);
  prove = { olga: await secondFactor(olga), otto: await secondFactor(otto) };
});
after(() => site.close());

const reasons = (what) =>
  `${what} Version 1 answers a quote, and the first acceptance item asks for 200 ms: the log that was sent in the conversation shows 260 ms for one quote in ten. The second item is met in full. The price is therefore owed for most of the work and not for all of it.`;

async function decide(operator, contract, figures, why) {
  await operator.goto("/office/disputes");
  await operator.getByRole("link", { name: contract }).click();
  await operator.getByLabel("To the expert").fill(figures[0]);
  await operator.getByLabel("Back to the client").fill(figures[1]);
  await operator.getByLabel("Reasons").fill(why);
  await operator.getByRole("button", { name: "Decide" }).click();
}

for (const scripts of [true, false]) {
  test(`a dispute is answered, decided and decided again, ${scripts ? "with" : "without"} scripts`, async () => {
    const [clara, emil] = [await comeIn(site, /Clara/, { scripts }), await comeIn(site, /Emil/, { scripts })];
    const title = `The tariff ${scripts ? "engine" : "tables"}`;
    const contract = await agree(clara, emil, `Tariffs, ${title}`, [[title, "4,000", 30]]);
    await fund(clara, contract, "$4,000.00");
    await start(emil, contract);
    await submit(emil, contract);
    const paid = ["Paid in", 400_000];
    assert.deepEqual(await movements(clara, title), [paid]);

    // what is refused keeps what was typed, and moves nothing
    const form = await to(clara, contract, "Open a dispute");
    if (scripts) await look(clara, "dispute-open");
    const open_ = async (now, all) => {
      await clara.getByLabel("What the expert may have now").fill(now);
      await clara.getByLabel("What the expert should get in the end").fill(all);
      await clara.getByLabel("What it is about").fill("One quote in ten takes 260 ms.");
      await clara.getByRole("button", { name: "Open a dispute" }).click();
    };
    await open_("5,000", "2,700");
    assert.equal(await clara.getByLabel("What it is about").inputValue(), "One quote in ten takes 260 ms.");
    assert.equal(await clara.getByLabel("What the expert may have now").inputValue(), "5,000");
    assert.deepEqual(await rows(clara, title), [400_000]);
    await clara.goto(form);
    await open_("2,500", "2,700");
    assert.match(await said(clara), /\$2,500\.00\s+from what is held for this milestone\s+to Emil/, "what moves is shown before it does");
    await done(clara, "Open a dispute");
    assert.deepEqual([await rows(emil, title), await rows(clara, title)], [[225_000], [150_000]], "it moves at once, less the fee");

    await to(emil, contract, "Answer the dispute");
    if (scripts) await look(emil, "dispute-answer");
    await emil.getByLabel("What the client may have back now").fill("500");
    await emil.getByLabel("What the expert should get in the end").fill("3,500");
    await emil.getByRole("button", { name: "Answer the dispute" }).click();
    await done(emil, "Answer the dispute");
    await settled(clara, title, [100_000]);
    await emil.goto(contract);
    if (scripts) await look(emil, "dispute-answered");
    for (const person of [clara, emil]) {
      await person.goto(contract);
      assert.match(await said(person), /\$2,500\.00 released to the expert\s+\$1,000\.00 held, in dispute\s+\$500\.00 back to the client/);
      assert.match(await said(person), /If nothing is done, the dispute goes on to its next step then; \$1,000\.00 stays held/);
    }

    // evidence: both say what they have where the operators read it
    await pass(olga, "7 days on");
    await clara.goto(contract);
    assert.match(await said(clara), /evidence|what speaks for/i);
    await pass(olga, "7 days on");
    await prove.olga();
    await decide(olga, title, ["600", "500"], reasons("Most of it."));
    assert.match(await said(olga), /add up/, "sums that are not what is in dispute are refused");
    assert.equal(await olga.getByLabel("Reasons").inputValue(), reasons("Most of it."));
    if (scripts) await look(olga, "dispute-decide");
    await decide(olga, title, ["400", "600"], reasons("Most of it."));
    for (const person of [clara, emil]) {
      await person.goto(contract);
      assert.match(await said(person), /the first acceptance item asks for 200 ms/);
    }
    assert.deepEqual(await rows(clara, title), [100_000], "nothing moves before the decision is final");
    await emil.goto(contract);
    if (scripts) await look(emil, "dispute-decided");

    await to(emil, contract, "Appeal the decision");
    await emil.getByLabel("What is wrong with the decision").fill("The slow quote was the client's own server.");
    await emil.locator("main form button").first().click();
    await olga.goto("/office/disputes");
    await olga.getByRole("link", { name: title }).click();
    assert.equal(await olga.getByRole("button", { name: "Decide" }).count(), 0, "who decided first does not decide again");
    await prove.otto();
    await decide(otto, title, ["700", "300"], reasons("The server was the client's."));

    await arrived(clara, contract, /Paid in part, refunded in part|split/i);
    if (scripts) await look(clara, "dispute-over");
    const [first, second] = [["Released to the expert", -250_000], ["Released to the expert", -70_000]];
    assert.deepEqual(await movements(clara, title), [paid, first, ["Refund arrived", -50_000], second, ["Refund arrived", -30_000]]);
    assert.deepEqual(await movements(emil, title), [["Released to you", 250_000], ["Fee, with its tax", -25_000], ["Released to you", 70_000], ["Fee, with its tax", -7_000]]);
    assert.deepEqual(await rows(emil, title), [63_000, 225_000]);
    await settled(clara, title, []);
    await assertBooks(olga);
    await Promise.all([clara, emil].map((page) => page.context().close()));
  });
}
