//! References survive what people do to them; a statement is read whole or not at all.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::ids::Ids;
use crate::money::Minor;

fn usd() -> crate::money::Currency {
    "USD".parse().unwrap()
}

fn payment(seed: u8) -> PaymentId {
    Ids::new(Timestamp::UNIX_EPOCH, [seed; 16]).payment()
}

const STATEMENT: &str = "\
date,amount,currency,reference,counterparty,transaction_id
2026-11-25,500.00,USD,\"Invoice, see P-1\",Ada GmbH,b1
2026-11-26,-12.5,USD,x,y,b2
";

#[test]
fn a_reference_is_found_in_what_people_make_of_it() {
    let reference = TransferReference::of_payment(payment(3));
    let written = reference.to_string();
    assert_eq!(written.len(), 14);
    assert_eq!(written.parse(), Ok(reference));
    let mangled = [
        written.to_lowercase(),
        written.replace('-', ""),
        written.replace('-', " / "),
        written.replace('0', "O").replace('1', "l"),
        format!("Rechnung 2026/17 REF:{written}. Danke!"),
        format!("EREF+{}SVWZ+x", written.replace('-', "")),
    ];
    for text in mangled {
        assert_eq!(TransferReference::all_in(&text), [reference], "{text}");
    }
    assert_eq!(reference.purpose(), Purpose::Payment);
    let refund = Ids::new(Timestamp::UNIX_EPOCH, [3; 16]).refund();
    let refund = TransferReference::of_refund(refund);
    assert_ne!(refund, reference);
    let both = format!("{reference} and {refund}");
    assert_eq!(TransferReference::all_in(&both), [reference, refund]);
    assert!(both.parse::<TransferReference>().is_err());
}

#[test]
fn a_statement_is_read_in_every_usual_form() {
    let comma = "date,amount,currency,reference,counterparty,transaction_id\n2026-11-25,500.00,USD,\"a, \"\"b\"\"\nc\",Ada,b1\n\n2026-11-26,-12.50,USD,x,,b2";
    let semicolon = "\u{feff}Date;Amount;Currency;Reference;Counterparty;Transaction ID\r\n2026-11-25;500,00;USD;\"a, \"\"b\"\"\nc\";Ada;b1\r\n2026-11-26;-12,50;USD;x;;b2\r\n";
    let read = |text: &str| {
        let lines = parse(text, usd()).unwrap();
        lines
            .into_iter()
            .map(|line| {
                (
                    line.direction,
                    line.amount,
                    line.text,
                    line.counterparty,
                    line.name,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(read(comma), read(semicolon));
    assert_eq!(
        read(comma)[0],
        (
            Direction::In,
            Minor(50_000),
            "a, \"b\"\nc".to_owned(),
            "Ada".to_owned(),
            LineName::Given("b1".to_owned())
        )
    );
    assert_eq!(
        (read(comma)[1].0, read(comma)[1].1),
        (Direction::Out, Minor(1_250))
    );
}

#[test]
fn what_cannot_be_is_told_by_its_line() {
    let head = "date,amount,currency,reference,counterparty,transaction_id\n";
    for (row, part) in [
        ("2026-02-30,5.00,USD,x,y,1", "no date"),
        ("2026-11-25,5.00,QQQ,x,y,1", "no currency"),
        ("2026-11-25,5.00,EUR,x,y,1", "works in USD"),
        ("2026-11-25,5.005,USD,x,y,1", "no amount"),
        ("2026-11-25,5.0,USD,x,y,1", "no amount"),
        ("2026-11-25,\"1,000.00\",USD,x,y,1", "no amount"),
        ("2026-11-25,--5.00,USD,x,y,1", "no amount"),
        ("2026-11-25,5e3,USD,x,y,1", "no amount"),
        ("2026-11-25,,USD,x,y,1", "no amount"),
        ("2026-11-25,0.00,USD,x,y,1", "nothing"),
        ("2026-11-25,99999999999.00,USD,x,y,1", "more than any"),
        ("2026-11-25,99999999999999999999.00,USD,x,y,1", "more than any"),
        ("2026-11-25,5.00,USD,x,y,-", "no transaction id"),
    ] {
        let good = "2026-11-25,5.00,USD,x,y,0";
        let faults = parse(&format!("{head}{good}\n{row}\n"), usd()).unwrap_err();
        assert_eq!(faults.len(), 1, "{row}: {faults:?}");
        assert_eq!(faults[0].number, 3, "{row}");
        assert!(faults[0].why.contains(part), "{row}: {}", faults[0].why);
    }
    assert_eq!(parse(STATEMENT, usd()).unwrap_err()[0].number, 3);
    assert!(parse("", usd()).is_err());
    assert!(
        parse("date,amount\n", usd()).unwrap_err()[0]
            .why
            .contains("missing: currency, reference")
    );
    assert_eq!(
        parse(&format!("{head}2026-11-25,5.00,USD,\"x"), usd()).unwrap_err()[0].number,
        2
    );
    let twice = format!("{head}2026-11-25,5.00,USD,x,y,1\n2026-11-26,6.00,USD,x,y,1\n");
    assert!(parse(&twice, usd()).unwrap_err()[0].why.contains("line 2"));
}

/// What names a line that the bank gave no id, and how it was named formerly.
fn made(text: &str) -> Vec<(String, String)> {
    let lines = parse(text, usd()).unwrap();
    lines
        .into_iter()
        .map(|line| match line.name {
            LineName::Made { former } => (line.stem, former),
            LineName::Given(id) => panic!("{id} is the bank's"),
        })
        .collect()
}

#[test]
fn a_line_without_an_id_is_named_by_what_it_says_and_not_by_how_it_is_written() {
    let head = "date;amount;currency;reference;counterparty";
    let stem = |row: &str| made(&format!("{head}\n{row}\n")).remove(0).0;
    let one = stem("2026-11-25;100.00;USD;Invoice 7;Ada");
    assert!(one.starts_with("line:2026-11-25:"), "{one}");
    for same in [
        "2026-11-25;100;USD;Invoice 7;Ada",
        "2026-11-25;100,00;USD;Invoice 7;Ada",
        "2026-11-25;+100.00;USD;Invoice 7;Ada",
        "2026-11-25;0100.00;USD;Invoice 7;Ada",
        "2026-11-25;100.00;USD;Invoice 7;",
        "2026-11-25;100.00;USD;Invoice 7;Somebody else",
        "2026-11-25;100.00;USD;  INVOICE \t 7 ;Ada",
        "2026-11-25;100.00;USD;\"invoice\n7\";Ada",
    ] {
        assert_eq!(stem(same), one, "{same}");
    }
    let bare = made("reference,currency,amount,date\nInvoice 7,USD,100,2026-11-25\n");
    assert_eq!(bare[0].0, one);
    for other in [
        "2026-11-26;100.00;USD;Invoice 7;Ada",
        "2026-11-25;-100.00;USD;Invoice 7;Ada",
        "2026-11-25;100.01;USD;Invoice 7;Ada",
        "2026-11-25;100.00;USD;Invoice7;Ada",
        "2026-11-25;100.00;USD;;Ada",
    ] {
        assert_ne!(stem(other), one, "{other}");
    }
    assert_eq!(
        plain("Stra\u{df}e \u{1e9e} \u{3a3}\u{3c2}"),
        plain("STRASSE ss \u{3c3}\u{3a3}")
    );
}

/// What was imported under these names is known by them.
#[test]
fn the_former_name_of_a_line_is_a_hash_of_its_texts_and_its_number_among_equal_ones() {
    let row = "2026-11-25,5.00,USD,x\n";
    let read = |rows: usize| made(&format!("date,amount,currency,reference\n{}", row.repeat(rows)));
    let (two, three) = (read(2), read(3));
    // printf '2026-11-25\n5.00\nx\n' | sha256sum
    let hash = "0bc1660415d7f1e0a937c3f8";
    assert_eq!(two[0].1, format!("line:{hash}:1"));
    assert_eq!(two[1].1, format!("line:{hash}:2"));
    assert_eq!(two[1], three[1]);
    assert_eq!(NamedBy::of(&two[1].1), NamedBy::Texts);
    assert_eq!(NamedBy::of(&format!("{}:2", two[1].0)), NamedBy::Values);
    for id in ["b1", "line:7", "line:2026-11-25:7:1", "line", two[0].0.as_str()] {
        assert_eq!(NamedBy::of(id), NamedBy::Bank, "{id}");
    }
}

proptest! {
    #[test]
    fn a_wrong_character_or_two_that_changed_places_are_noticed(seed in 0_u8..255, place in 1_usize..11, other in 0_usize..32) {
        let reference = TransferReference::of_payment(payment(seed));
        let plain = reference.to_string().replace('-', "");
        let mut wrong = plain.clone().into_bytes();
        wrong[place] = ALPHABET[other];
        let wrong = String::from_utf8(wrong).unwrap();
        prop_assert_eq!(wrong == plain, TransferReference::all_in(&wrong) == [reference]);
        let mut swapped = plain.clone().into_bytes();
        swapped.swap(place, place.max(2) - 1);
        let swapped = String::from_utf8(swapped).unwrap();
        if !swapped.starts_with('P') || swapped != plain {
            prop_assert!(!TransferReference::all_in(&swapped).contains(&reference));
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,200}", lines in prop::collection::vec("[-0-9.,;\"A-Z\\n ]{0,40}", 0..8)) {
        drop(TransferReference::all_in(&text));
        drop(parse(&text, usd()));
        let head = "date,amount,currency,reference\n";
        if let Ok(read) = parse(&format!("{head}{}", lines.join("\n")), usd()) {
            prop_assert!(read.iter().all(|line| line.amount.0 > 0));
        }
    }

    #[test]
    fn what_is_written_is_read_back(minor in 1_i64..1_000_000_000_000, out in any::<bool>(), text in "[ -~]{0,60}") {
        let quoted = text.replace('"', "\"\"");
        let sign = if out { "-" } else { "" };
        let amount = format!("{sign}{}.{:02}", minor / 100, minor % 100);
        let file = format!("date;amount;currency;reference;transaction_id\n2026-11-25;{amount};USD;\"{quoted}\";t");
        let lines = parse(&file, usd()).unwrap();
        prop_assert_eq!(lines.len(), 1);
        prop_assert_eq!(lines[0].amount, Minor(minor));
        prop_assert_eq!(lines[0].direction == Direction::Out, out);
        prop_assert_eq!(lines[0].text.as_str(), text.trim());
    }
}

#[test]
fn a_receipt_is_assigned_or_goes_back_and_never_both() {
    use crate::contract::Actor;
    use crate::ledger::{Account, Books};

    let bank = Actor::Provider {
        name: crate::ledger::Name::bank(),
    };
    let operator = Actor::Operator {
        id: "per_01kayzzz00000000000000000a".parse().unwrap(),
    };
    let with = |seed| ReceiptInput::new(Timestamp::UNIX_EPOCH, [seed; 16]);
    let came = ReceiptCommand::ReceiveUnmatched {
        bank: crate::ledger::Name::bank(),
        external_id: "b1".to_owned(),
        on: Timestamp::UNIX_EPOCH,
        amount: crate::money::Money {
            amount_minor: 500,
            currency: usd(),
        },
        text: "thanks".to_owned(),
        counterparty: "Ada".to_owned(),
    };
    assert_eq!(
        decide_receipt(None, &came, &operator, &with(1)),
        Err(crate::refusal::Refusal::NotForPeople)
    );
    let open = decide_receipt(None, &came, &bank, &with(1)).unwrap();
    let mut books = Books::default();
    books.post(open.entry.unwrap().lines()).unwrap();
    assert_eq!(books.held(&Account::UnmatchedReceipts, usd()), Minor(500));

    let receipt = open.receipt.id;
    let assign = ReceiptCommand::AssignUnmatched {
        receipt,
        payment: payment(1),
    };
    let ask = ReceiptCommand::AskReturn {
        receipt,
        why: "Nobody’s.".to_owned(),
        second: None,
    };
    let gone_back = ReceiptCommand::ReturnUnmatched {
        receipt,
        external_id: "b2".to_owned(),
    };
    let open = open.receipt;
    assert!(decide_receipt(Some(&open), &assign, &bank, &with(2)).is_err());
    assert!(decide_receipt(Some(&open), &gone_back, &bank, &with(2)).is_err());
    assert!(decide_receipt(None, &assign, &operator, &with(2)).is_err());
    let assigned = decide_receipt(Some(&open), &assign, &operator, &with(2)).unwrap();
    assert_eq!(
        (assigned.receipt.state, assigned.entry),
        (ReceiptState::Assigned, None)
    );
    for command in [&assign, &ask] {
        assert!(decide_receipt(Some(&assigned.receipt), command, &operator, &with(3)).is_err());
    }
    let returning = decide_receipt(Some(&open), &ask, &operator, &with(4))
        .unwrap()
        .receipt;
    assert!(decide_receipt(Some(&returning), &assign, &operator, &with(5)).is_err());
    let gone = decide_receipt(Some(&returning), &gone_back, &bank, &with(6)).unwrap();
    books.post(gone.entry.unwrap().lines()).unwrap();
    assert_eq!(books.held(&Account::UnmatchedReceipts, usd()), Minor::ZERO);
    assert_eq!(gone.receipt.state, ReceiptState::Returned);
}

/// R7, G45: what left for nothing of ours is booked by two operators, and much is sent back by two.
#[test]
fn what_left_is_a_cost_that_two_operators_explain_and_much_goes_back_by_two() {
    use crate::contract::Actor;
    use crate::ids::PersonId;
    use crate::ledger::{Account, Books, Name, Side};
    use crate::money::Money;
    use crate::refusal::Refusal;

    let now = Timestamp::UNIX_EPOCH;
    let person = |number| PersonId::new(now, [number; 10]);
    let operator = Actor::Operator { id: person(7) };
    let mut input = ReceiptInput::new(now, [1; 16]);
    let explain = |why: &str, second| ReceiptCommand::ExplainLeft {
        bank: Name::bank(),
        external_id: "b4".to_owned(),
        on: now,
        amount: Money {
            amount_minor: 9_000,
            currency: usd(),
        },
        text: "rent".to_owned(),
        counterparty: "Landlord".to_owned(),
        why: why.to_owned(),
        second,
    };
    let given = |command: &ReceiptCommand, by: &Actor| decide_receipt(None, command, by, &input);
    let refused = |why, second, by: &Actor| given(&explain(why, second), by).unwrap_err();
    assert_eq!(refused("Rent.", None, &operator), Refusal::FourEyes);
    assert_eq!(
        refused("Rent.", Some(person(7)), &operator),
        Refusal::SameOperator
    );
    assert_eq!(refused(" ", Some(person(8)), &operator), Refusal::ReasonMissing);
    let bank = Actor::Provider { name: Name::bank() };
    assert_eq!(refused("Rent.", Some(person(8)), &bank), Refusal::OperatorOnly);
    let explained = given(&explain("Rent.", Some(person(8))), &operator).unwrap();
    assert_eq!(explained.receipt.state, ReceiptState::Explained);
    let entry = explained.entry.unwrap();
    let named = entry
        .lines()
        .iter()
        .find(|line| line.external_id.is_some())
        .unwrap();
    assert_eq!(
        (&named.account, named.side, named.external_id.as_deref()),
        (&Account::Bank(Name::bank()), Side::Credit, Some("b4"))
    );
    let mut books = Books::default();
    books.post(entry.lines()).unwrap();

    let open = Receipt {
        state: ReceiptState::Open,
        ..explained.receipt
    };
    let ask = |second| ReceiptCommand::AskReturn {
        receipt: open.id,
        why: String::new(),
        second,
    };
    let sent_back =
        |second, input: &ReceiptInput| decide_receipt(Some(&open), &ask(second), &operator, input);
    assert!(
        sent_back(None, &input).is_ok(),
        "no limit was known when it was decided"
    );
    input.alone_up_to_minor = Some(Minor(9_000));
    assert!(sent_back(None, &input).is_ok());
    input.alone_up_to_minor = Some(Minor(8_999));
    assert_eq!(sent_back(None, &input), Err(Refusal::FourEyes));
    assert_eq!(sent_back(Some(person(7)), &input), Err(Refusal::SameOperator));
    assert!(sent_back(Some(person(8)), &input).is_ok());
    // what was kept before reads and writes as it was
    let kept = r#"{"command":"ask_return","receipt":"RECEIPT"}"#.replace("RECEIPT", &open.id.to_string());
    assert_eq!(serde_json::to_string(&ask(None)).unwrap(), kept);
    assert_eq!(serde_json::from_str::<ReceiptCommand>(&kept).unwrap(), ask(None));
}

#[test]
fn what_could_be_meant_in_two_ways_is_no_statement() {
    let head = "date,amount,currency,reference,counterparty";
    let faults = |text: &str| {
        let faults = parse(text, usd()).unwrap_err();
        faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let shifted = faults(&format!("{head}\n2026-11-25,5,USD,Invoice, see above,Ada\n"));
    assert!(shifted.starts_with("line 2: it has more fields"), "{shifted}");
    assert!(
        parse(&format!("{head}\n2026-11-25,5,USD,Invoice,Ada,,\n"), usd()).is_ok(),
        "empty ones say nothing"
    );
    let twice = faults("date,amount,Amount,currency,reference\n2026-11-25,5,6,USD,x\n");
    assert!(twice.contains("column amount twice"), "{twice}");
    let own = parse(
        &format!("{head},transaction_id\n2026-11-25,5,USD,x,y,line:7\n"),
        usd(),
    )
    .unwrap();
    assert_eq!(
        own[0].name,
        LineName::Given("line:7".to_owned()),
        "an id of the bank's is kept as it is"
    );
}
