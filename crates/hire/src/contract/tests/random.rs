//! Random histories: whatever comes in whatever order, the contract agrees with its books, nothing that must go on waits
//! for ever, and no refusal says that the program is at fault.

use proptest::prelude::*;

use super::world::World;
use crate::refusal::Refusal;

/// `M` becomes a milestone, `A` and `B` amounts.
const LINES: &[&str] = &[
    "client fund M",
    "client fund M",
    "psp captured M A",
    "psp captured M A",
    "psp captured M 500.00",
    "psp captured M 300.00",
    "psp failed M",
    "client place M",
    "expert start M",
    "expert start M",
    "client cancel M",
    "expert submit M",
    "expert submit M",
    "client changes M 0 note",
    "client extend M 3 note",
    "client approve M",
    "client release M A",
    "expert back M A",
    "expert offer M A B",
    "client offer M A B",
    "client accept M",
    "expert accept M",
    "client reject M",
    "client raise M A",
    "client lower M A",
    "client move M1 M2 A",
    "expert move M2 M1 A",
    "client give_up M",
    "client pause M",
    "client agree M",
    "expert agree M",
    "expert resume M",
    "op1 hold report",
    "op1 resume M",
    "client dispute M A B bad",
    "expert dispute M A B bad",
    "op1 dispute M 0 0 report",
    "client answer M A B",
    "expert answer M A B",
    "op1 decide M A B op2",
    "op3 decide M A B op2",
    "op1 decide M 100.00 0 op2",
    "client appeal M why",
    "client refund M A",
    "op1 bank M op2",
    "psp sent R1",
    "psp refunded R1",
    "psp returned R1",
    "psp refunded R2",
    "psp returned R2",
    "psp takes M A CB1",
    "psp takes M A CB2",
    "psp takes M 500.00 CB3",
    "psp won CB1",
    "psp lost CB1",
    "psp won CB2",
    "psp lost CB2",
    "psp lost CB3",
    "client end M",
    "client drop M",
    "client away 1 3",
    "mail bounced M",
    "clear",
    "wait 20 minutes",
    "wait 30 hours",
    "wait 6 days",
    "wait 16 days",
    "sleep 3 days",
    "sleep 10 days",
];

fn line(choice: usize, milestone: u8, amounts: (u32, u32)) -> String {
    let written = |minor: u32| format!("{}.{:02}", minor / 100, minor % 100);
    let words = LINES[choice % LINES.len()]
        .split_whitespace()
        .map(|word| match word {
            "M" => format!("M{milestone}"),
            "A" => written(amounts.0),
            "B" => written(amounts.1),
            word => word.to_owned(),
        });
    words.collect::<Vec<_>>().join(" ")
}

fn histories(settings: &'static str) -> impl Strategy<Value = (&'static str, Vec<String>)> {
    let amount = prop_oneof![3 => 1_u32..=50_000, 1 => Just(50_000), 1 => 1_u32..=20];
    let step = (0..LINES.len(), 1_u8..=2, (amount.clone(), amount));
    let steps = prop::collection::vec(
        step.prop_map(|(choice, which, amounts)| line(choice, which, amounts)),
        1..80,
    );
    steps.prop_map(move |steps| (settings, steps))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_histories_are_sound(
        (settings, lines) in prop_oneof![
            histories("M1=500 M2=300"),
            histories("M1=500 M2=300 client_fee=333 client_tax=1900 expert_fee=1000 expert_tax=1900 fixed=0.37"),
            histories("M1=500 M2=300 client_fee=1 expert_fee=9999 liability=expert dispute_fee=25"),
        ]
    ) {
        let mut world = World::new(settings);
        for line in ["client fund M1", "psp captured M1 600.00", "expert start M1"] {
            prop_assert_eq!(world.act(line), Ok(()), "{}", line);
        }
        for line in lines {
            let paid = |name: &str| line.contains(name) && !world.paid(name);
            if line.starts_with("psp") && (paid("M1") || paid("M2"))
                || (line.contains("place") || line.contains("refund M") || line.contains("bank")) && (paid("M1") || paid("M2"))
            {
                continue; // There is no payment to speak of.
            }
            let faults = [
                Refusal::StateImpossible, Refusal::EntryUnbalanced, Refusal::EntryEmpty, Refusal::BalanceBelowZero,
            ];
            if let Err(refusal) = world.act(&line) {
                prop_assert!(!faults.contains(&refusal), "{}: {}", line, refusal);
            }
        }
    }
}
