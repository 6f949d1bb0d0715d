//! Statements, and the books held against them.

use std::fs;

use serde_json::{Value, json};

use crate::desk::{BANK, FIRST, Office, SECOND, provider, usd, with_bank};
use crate::running::text;

#[test]
fn transfers_are_imported_assigned_and_sent_back() {
    let office = Office::new();
    let payment = office.funding("bank");
    let mut instructions = vec!["bank", "instructions", payment.as_str()];
    let told = office.not_done(&instructions);
    assert!(told.contains("set bank.holder and bank.iban"), "{told}");
    instructions.extend(BANK);
    let told = office.done(&instructions);
    assert!(
        told.contains("Amount     USD 500\n") && told.contains("Northgate GmbH"),
        "{told}"
    );
    let reference = told.lines().last().unwrap().split_whitespace().last().unwrap();

    let head = "date,amount,currency,reference,counterparty,transaction_id\n";
    let write = |rows: &str| fs::write(office.0.path().join("s.csv"), format!("{head}{rows}")).unwrap();
    write(&format!(
        "2026-12-01,500.00,USD,{reference},Ada,b1\n2026-12-01,500.00,USD,hello,Ada,b2\n2026-12-01,12.00,USD,what,Bo,b3\n\
         2026-12-01,-9.00,USD,rent,Landlord,b4\n"
    ));
    let told = office.done(&with_bank(&["bank", "import", "s.csv"]));
    assert_eq!(
        told,
        "1 lines were matched, 2 wait to be assigned, 0 had been imported before.\nNext: earnest bank unmatched\nMoney \
         that left without a reference of ours, or with another sum than was asked, in lines 5: not booked, and a difference until it is explained: earnest \
         reconcile --provider bank\n"
    );
    imported_again(&office, write);

    let told = office.done(&with_bank(&["bank", "unmatched"]));
    let receipts: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("evt_"))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let [hello, what] = receipts.as_slice() else {
        panic!("{told}");
    };
    let mut assign = vec!["bank", "assign", hello, payment.as_str(), "--operator", FIRST];
    assign.extend(BANK);
    let told = office.done(&assign);
    // all of it had come before, so that this is more than is missing
    let motion = told.split(' ').find(|word| word.starts_with("mot_")).unwrap();
    office.done(&with_bank(&["motions", "second", motion, "--operator", SECOND]));
    let told = office.not_done(&assign);
    assert!(
        told.contains("nothing was assigned; `earnest bank unmatched` lists what waits"),
        "{told}"
    );

    let mut back = vec!["bank", "return", what, "--operator", FIRST];
    back.extend(["--because", "Ada asked for it."]);
    back.extend(BANK);
    let told = office.done(&back);
    assert!(told.starts_with("Transfer it back with the reference "), "{told}");
    let told = office.not_done(&back);
    assert!(
        told.contains("nothing is sent back; `earnest bank unmatched` lists what waits"),
        "{told}"
    );
    assert!(
        office
            .done(&with_bank(&["bank", "transfers"]))
            .contains("USD 12 ")
    );
    assert_eq!(
        office.done(&with_bank(&["bank", "unmatched"])),
        "Every transfer that came has been assigned.\n"
    );
}

/// T24: two operators say of which payment it is what a provider has sent to the bank.
#[test]
fn what_a_provider_sent_to_the_bank_takes_two_operators() {
    let office = Office::new();
    let payment = office.funding("sandbox");
    let contract = office.contract();
    let statement =
        "date,amount,currency,reference,counterparty,transaction_id\n2026-12-01,500.00,USD,x,Sandbox,b1\n";
    fs::write(office.0.path().join("s.csv"), statement).unwrap();
    office.done(&with_bank(&["bank", "import", "s.csv"]));
    let told = office.done(&with_bank(&["bank", "unmatched"]));
    let receipt = told.split(' ').next().unwrap();
    let mut moved = vec!["bank", "move", receipt, payment.as_str(), "--transfer", "txn_2"];
    moved.extend(["--operator", FIRST]);
    moved.extend(BANK);
    // nothing has come in for it, so nothing is held of it
    let told = office.not_done(&moved);
    assert!(
        told.contains("nothing was proposed") && told.contains("more than is held of it"),
        "{told}"
    );
    let captured = json!({
        "command": "captured", "payment": payment, "amount": usd(50_000), "fee": usd(0), "receipt": "txn_1",
    });
    office.acted(&[json!({ "actor": provider("sandbox"), "contract": contract, "command": captured })]);
    let told = office.done(&moved);
    let motion = told.split(' ').find(|word| word.starts_with("mot_")).unwrap();
    let told = office.not_done(&["motions", "second", motion, "--operator", FIRST]);
    assert!(told.contains("another operator"), "{told}");
    office.done(&["motions", "second", motion, "--operator", SECOND]);
    assert_eq!(
        office.done(&with_bank(&["bank", "unmatched"])),
        "Every transfer that came has been assigned.\n"
    );
    let balance = office.done(&["ledger", "verify"]);
    assert!(balance.contains("The books are sound."), "{balance}");
}

#[test]
fn money_that_left_is_a_difference_until_it_is_explained_and_its_line_cannot_change() {
    let office = Office::new();
    let head = "date,amount,currency,reference,counterparty,transaction_id\n";
    let rows = "2026-12-01,12.00,USD,what,Bo,b1\n2026-12-01,-9.00,USD,rent,Landlord,b4\n";
    fs::write(office.0.path().join("s.csv"), format!("{head}{rows}")).unwrap();
    office.done(&with_bank(&["bank", "import", "s.csv"]));
    fs::write(
        office.0.path().join("t.csv"),
        format!("{head}2026-12-01,-9.50,USD,rent,Landlord,b4\n"),
    )
    .unwrap();
    let told = office.not_done(&with_bank(&["bank", "import", "t.csv"]));
    assert!(
        told.contains("line 2 has the transaction id b4") && told.contains("(line_changed)"),
        "{told}"
    );

    let compared = office.run(&with_bank(&["reconcile", "--provider", "bank"]));
    assert_eq!(compared.status.code(), Some(3), "{compared:?}");
    assert!(
        text(&compared.stdout).contains("b4 of rent: the provider has"),
        "{compared:?}"
    );
    let explain = |line| {
        with_bank(&[
            "bank",
            "explain",
            line,
            "--operator",
            FIRST,
            "--because",
            "The rent of November.",
        ])
    };
    let told = office.done(&explain("b4"));
    let motion = told.split(' ').find(|word| word.starts_with("mot_")).unwrap();
    let compared = office.run(&with_bank(&["reconcile", "--provider", "bank"]));
    assert_eq!(
        compared.status.code(),
        Some(3),
        "nothing is booked yet: {compared:?}"
    );
    let second = |by| with_bank(&["motions", "second", motion, "--operator", by]);
    assert!(office.not_done(&second(FIRST)).contains("another operator"));
    let told = office.done(&second(SECOND));
    assert!(
        told.starts_with(&format!("{motion} is carried out, on evt_")),
        "{told}"
    );
    office.done(&with_bank(&["reconcile", "--provider", "bank"]));
    let verified = office.done(&["ledger", "verify"]);
    assert!(verified.contains("The books are sound."), "{verified}");
    let told = office.not_done(&explain("b1"));
    assert!(told.contains("no money that left waits under this id"), "{told}");
}

#[test]
fn a_statement_with_a_line_that_cannot_be_read_is_not_taken() {
    let office = Office::new();
    let rows =
        "2026-13-01,500.00,USD,x,Ada,b5\n2026-12-01,5.005,USD,x,Ada,b6\n2026-12-01,7.00,USD,x,Ada,b7\n";
    let head = "date,amount,currency,reference,counterparty,transaction_id\n";
    fs::write(office.0.path().join("s.csv"), format!("{head}{rows}")).unwrap();
    let output = office.run(&with_bank(&["bank", "import", "s.csv"]));
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""));
    let told = text(&output.stderr);
    assert!(
        told.starts_with("earnest: nothing was taken, for 2 lines cannot be read"),
        "{told}"
    );
    let told = office.not_done(&with_bank(&["bank", "import", "none.csv"]));
    assert!(told.contains("none.csv cannot be read as UTF-8 text"), "{told}");
}

#[test]
fn the_books_are_held_against_a_provider_and_a_difference_is_status_3() {
    let office = Office::new();
    let told = office.not_done(&["reconcile"]);
    assert!(
        told.contains("no provider is configured: set sandbox.url, for example"),
        "{told}"
    );
    let payment = office.funding("bank");
    let mut instructions = vec!["bank", "instructions", payment.as_str()];
    instructions.extend(BANK);
    let told = office.done(&instructions);
    let reference = told.lines().last().unwrap().split_whitespace().last().unwrap();
    let row =
        format!("date,amount,currency,reference,transaction_id\n2026-12-01,500.00,USD,{reference},b1\n");
    fs::write(office.0.path().join("s.csv"), row).unwrap();
    office.done(&[&["bank", "import", "s.csv"][..], &BANK].concat());

    let day = [&["reconcile", "--provider", "bank"][..], &BANK].concat();
    let told = office.done(&day);
    assert!(told.contains("1 movements are alike, 0 differ."), "{told}");
    let told = office.not_done(&[&["reconcile", "--provider", "other"][..], &BANK].concat());
    assert!(
        told.contains("nothing was compared; configured are: bank"),
        "{told}"
    );

    // the books have what stands in no statement
    let contract = office.contract();
    let captured = json!({
        "command": "captured", "payment": payment, "amount": usd(700), "fee": usd(0), "receipt": "b9",
    });
    office.acted(&[json!({ "actor": provider("bank"), "contract": contract, "command": captured })]);
    let output = office.run(&day);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = text(&output.stdout);
    assert!(
        told.contains("1 differ.") && told.contains("the provider has nothing, the books have"),
        "{told}"
    );
    let output = office.run(&[&day[..], &["--json"]].concat());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(
        (
            &told["differences"][0]["kind"],
            &told["differences"][0]["external_id"]
        ),
        (&json!("missing_at_provider"), &json!("b9"))
    );
    assert_eq!(
        office.run(&["reconcile", "--day", "yesterday"]).status.code(),
        Some(2)
    );
    let told = office.not_done(&[
        "reconcile",
        "--from",
        "2026-12-02T00:00:00Z",
        "--until",
        "2026-12-01T00:00:00Z",
    ]);
    assert!(told.contains("--from must be before --until"), "{told}");
}

/// The same file, and then a line of it as another export has it.
fn imported_again(office: &Office, write: impl Fn(&str)) {
    let told = office.done(&with_bank(&["bank", "import", "s.csv"]));
    assert!(
        told.starts_with("0 lines were matched, 0 wait to be assigned, 4 had"),
        "{told}"
    );
    write("2026-12-01,12,USD,What,Bo,\n");
    let told = office.done(&with_bank(&["bank", "import", "s.csv"]));
    let doubt =
        "Line 2 was not taken: b3, of the same day, sum and reference, was imported with a transaction id.";
    assert!(told.contains(doubt), "{told}");
}
