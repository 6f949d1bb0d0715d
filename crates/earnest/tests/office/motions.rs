//! Two operators in two acts, and lines that are not taken.

use serde_json::{Value, json};

use crate::desk::{
    CLIENT, EXPERT, FIRST, Office, PART, SANDBOX, SECOND, fund, operator, person, provider, usd,
};

/// T17 above the limit: proposed by one operator, carried out by another, and not by naming the other.
#[test]
fn a_decision_above_the_limit_takes_two_operators_in_two_acts() {
    let office = Office::new();
    let payment = office.funding("sandbox");
    let contract = office.contract();
    let on =
        |actor: Value, command: Value| json!({ "actor": actor, "contract": contract, "command": command });
    let dispute = json!({
        "command": "open_dispute", "milestone": PART, "unconditional": usd(0), "offer_to_expert": usd(10_000),
        "reason": "It does not run.",
    });
    let captured = json!({
        "command": "captured", "payment": payment, "amount": usd(50_000), "fee": usd(0), "receipt": "t1",
    });
    let mut lines = vec![
        json!({ "do": "onboard", "person": EXPERT, "at": "2026-12-01T10:10:00Z" }),
        on(provider("sandbox"), captured),
        on(person(EXPERT), json!({ "command": "start", "milestone": PART })),
        on(person(CLIENT), dispute),
    ];
    // nobody answers, nothing is agreed, and the time for evidence passes
    for moment in ["08T10:30", "19T10:00", "26T10:00"] {
        lines.push(json!({ "do": "tick", "at": format!("2026-12-{moment}:00Z") }));
    }
    office.acted(&lines);

    let decision = |second: Value| {
        json!({
            "command": "decide_dispute", "milestone": PART, "to_expert": usd(20_000), "to_client": usd(30_000),
            "reasons": "The messages and the second acceptance item show what was there. ".repeat(4), "second": second,
        })
    };
    let told = office.act(&[
        on(operator(FIRST), decision(Value::Null)),
        on(operator(FIRST), decision(json!(SECOND))),
    ]);
    for answer in &told {
        assert_eq!(answer["refused"]["code"], "four_eyes", "{answer}");
    }
    let mut proposal = decision(Value::Null);
    proposal.as_object_mut().unwrap().remove("second");
    let propose = json!({ "as": "m", "actor": operator(FIRST), "contract": contract, "propose": proposal });
    let second = |by: &str| json!({ "actor": operator(by), "second": "$m" });
    let told = office.act(&[propose.clone(), second(FIRST), second(CLIENT)]);
    assert_eq!(told[1]["refused"]["code"], "same_operator", "{}", told[1]);
    assert_eq!(told[2]["refused"]["code"], "operator_is_party", "{}", told[2]);
    let motion = told[0]["ok"]["motion"].as_str().unwrap();

    let listed = office.done(&["motions", "list"]);
    assert!(listed.starts_with(&format!("{motion}  by {FIRST}")), "{listed}");
    assert!(
        listed.contains("\"decide_dispute\"") && listed.contains("earnest motions second"),
        "{listed}"
    );
    let listed = office.json(&["motions", "list", "--json"]);
    assert_eq!(
        (&listed["items"][0]["id"], &listed["items"][0]["of"]),
        (&json!(motion), &json!(contract))
    );
    let told = office.not_done(&["motions", "second", motion, "--operator", FIRST]);
    assert!(
        told.contains("nothing was done") && told.contains("another operator"),
        "{told}"
    );
    let told = office.done(&["motions", "second", motion, "--operator", SECOND]);
    assert!(
        told.starts_with(&format!("{motion} is carried out, in version ")),
        "{told}"
    );
    let told = office.not_done(&["motions", "second", motion, "--operator", SECOND]);
    assert!(told.contains("carried out or dropped already"), "{told}");
    let again = office.act(&[propose]);
    assert_eq!(again[0]["refused"]["code"], "not_decision_time", "{}", again[0]);
    let verified = office.done(&["ledger", "verify"]);
    assert!(verified.contains("The books are sound."), "{verified}");
}

/// Whoever gives commands by hand is told what was wrong, and never that something broke.
#[test]
fn an_unknown_provider_and_a_receipt_of_another_payment_are_refused_by_name() {
    let office = Office::new();
    let contract = office.signed();
    let told = office.act(&[fund(&contract, "acquirer"), fund(&contract, "sandbox")]);
    for answer in &told {
        assert_eq!(answer["refused"]["code"], "provider_unknown", "{answer}");
        assert_eq!(answer["refused"]["definite"], true, "{answer}");
    }
    let captured = |payment: &str, amount: i64, receipt: &str| {
        let command = json!({
            "command": "captured", "payment": payment, "amount": usd(amount), "fee": usd(0), "receipt": receipt,
        });
        json!({ "actor": provider("sandbox"), "contract": contract, "command": command })
    };
    let told = office.act_with(
        &SANDBOX,
        &[
            fund(&contract, "sandbox"),
            captured("$a/payments/0/id", 1, "t0"),
            json!({ "do": "show", "contract": contract }),
        ],
    );
    assert_eq!(told[1]["refused"]["code"], "unreadable", "{}", told[1]);
    let first = told[2]["ok"]["payments"][0]["id"].as_str().unwrap();
    // too little, so that the milestone is paid a second time once the first payment is over
    let told = office.act_with(
        &SANDBOX,
        &[
            captured(first, 100, "t1"),
            json!({ "do": "tick", "at": "2026-12-09T10:00:00Z" }),
            fund(&contract, "sandbox"),
            json!({ "do": "show", "contract": contract }),
        ],
    );
    let second = told[3]["ok"]["payments"][1]["id"].as_str().unwrap();
    let told = office.act_with(&SANDBOX, &[captured(second, 50_000, "t1")]);
    let refused = &told[0]["refused"];
    assert_eq!(refused["code"], "receipt_elsewhere", "{refused}");
    assert_eq!(refused["definite"], true, "{refused}");
    let told = office.act_with(&SANDBOX, &[captured(second, 50_000, "t2")]);
    assert!(told[0]["ok"].is_object(), "{}", told[0]);
    let verified = office.done(&["ledger", "verify"]);
    assert!(verified.contains("The books are sound."), "{verified}");
}

#[test]
fn a_motion_that_is_dropped_is_not_carried_out() {
    let office = Office::new();
    let account = |reference: &str| {
        let command =
            json!({ "command": "set_payout_account", "reference": reference, "provider": "sandbox" });
        json!({ "actor": person(EXPERT), "person": EXPERT, "command": command })
    };
    let propose = json!({
        "actor": operator(FIRST), "person": EXPERT, "propose": { "command": "approve_account", "reference": "acct_2" },
    });
    let told = office.acted(&[account("acct_1"), account("acct_2"), propose]);
    let motion = told[2]["ok"]["motion"].as_str().unwrap();
    let told = office.done(&["motions", "drop", motion, "--operator", SECOND]);
    assert_eq!(told, format!("{motion} is dropped.\n"));
    let told = office.not_done(&["motions", "second", motion, "--operator", SECOND]);
    assert!(told.contains("`earnest motions list` names what waits"), "{told}");
    let none = "mot_01kg000000e00800000000000f";
    assert!(
        office
            .not_done(&["motions", "second", none, "--operator", SECOND])
            .contains("there is no such thing")
    );
    assert!(
        office
            .not_done(&["motions", "drop", none, "--operator", SECOND])
            .contains("nothing was done")
    );
}

#[test]
fn a_line_that_says_two_things_of_one_field_is_refused_and_does_nothing() {
    let office = Office::new();
    let command =
        r#"{"command":"set_payout_account","reference":"acct_1","reference":"acct_2","provider":"sandbox"}"#;
    let actor = person(EXPERT);
    let told = office.raw(&format!(
        "{{\"actor\":{actor},\"person\":\"{EXPERT}\",\"command\":{command}}}\n{{\"do\":\"tick\",\"do\":\"tick\"}}\n"
    ));
    for (answer, field) in told.iter().zip(["reference", "do"]) {
        assert_eq!(answer["refused"]["code"], "field_twice", "{answer}");
        assert!(
            answer["refused"]["sentence"]
                .as_str()
                .unwrap()
                .contains(&format!("`{field}`")),
            "{answer}"
        );
    }
    assert_eq!(told.len(), 2);
    assert_eq!(office.done(&["export", "journal"]), "");
}
