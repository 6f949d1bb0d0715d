//! Lines that come again, under which name ever, are booked once and never passed over in silence; on both engines.

use earnest_hire::bank::{self, LineName};

use super::*;
use crate::bank::import::{keep, read};
use crate::bank::known::Known;
use crate::provider;

const BARE: &str = "date;amount;currency;reference\n";
const WHO: &str = "date;amount;currency;reference;counterparty\n";
const IDS: &str = "date;amount;currency;reference;counterparty;transaction_id\n";

impl World {
    /// The first transfer that is left was the rent.
    async fn rent_explained(&self) {
        let left = left(&self.desk, "bank").await.unwrap();
        self.explained(&left[0].external_id, "The rent of the office.")
            .await;
    }

    /// As [`import`](World::import), of rows under a header: how many were new, and how many had come before.
    async fn taken(&self, head: &str, rows: &str) -> (usize, usize) {
        let imported = import(&self.desk, &format!("{head}{rows}")).await.unwrap();
        assert_eq!(imported.doubtful, [], "{rows}");
        let new = imported.matched + imported.unmatched + imported.not_ours.len();
        (new, imported.seen)
    }

    /// Of rows of which nobody can say whether they came before: their numbers, before which, and how they differ.
    async fn doubted(&self, head: &str, rows: &str) -> Vec<(usize, String, Unlike)> {
        let imported = import(&self.desk, &format!("{head}{rows}")).await.unwrap();
        let doubts = imported.doubtful.into_iter();
        doubts.map(|one| (one.number, one.before, one.unlike)).collect()
    }

    /// Imports rows as it was done when names were made of the texts.
    async fn formerly(&self, head: &str, rows: &str) {
        let known = Known::read(&self.desk).await.unwrap();
        for line in bank::parse(&format!("{head}{rows}"), Currency::USD).unwrap() {
            let LineName::Made { former } = &line.name else {
                panic!("{line:?}");
            };
            let event = ProviderEvent {
                provider: Name::BANK.to_owned(),
                event_id: former.clone(),
                account: Name::BANK.to_owned(),
                at: format!("{}T00:00:00Z", line.date).parse().unwrap(),
                kind: known.meaning(&line, former, Currency::USD),
            };
            let row = provider::row_of(&self.desk, &event).unwrap();
            self.desk.store.receive_event(row).await.unwrap();
        }
        provider::apply_waiting(&self.desk).await.unwrap();
    }

    /// What waits for nobody knows whom: who sent it, and the number in its name.
    async fn waits(&self) -> Vec<(String, String)> {
        let mut open: Vec<_> = unmatched(&self.desk).await.unwrap();
        open.sort_by(|one, other| one.external_id.cmp(&other.external_id));
        let number = |name: &str| name.rsplit(':').next().unwrap().to_owned();
        open.into_iter()
            .map(|one| (one.counterparty, number(&one.external_id)))
            .collect()
    }
}

#[tokio::test]
async fn a_line_without_an_id_is_booked_once_however_it_is_written() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let files = |sum: &str, ours: &str, rest: &str| {
            let one = |who: &str| {
                format!(
                    "2026-11-25;{sum};USD;{ours}{who}\n2026-11-25;{sum};USD;{rest}{who}\n2026-11-26;-{};USD;rent{who}\n",
                    sum.trim_start_matches('+')
                )
            };
            [(WHO, one(";Ada GmbH")), (WHO, one(";")), (BARE, one(""))]
        };
        let ours = format!("Invoice {reference}");
        let (head, rows) = &files("100.00", &ours, "thanks a lot")[0];
        assert_eq!(world.taken(head, rows).await, (3, 0));
        for sum in ["100.00", "100", "100,00", "+100.00", "0100"] {
            for (ours, rest) in [
                (ours.as_str(), "thanks a lot"),
                (&format!("  INVOICE   {reference} "), "Thanks  A lot "),
            ] {
                for (head, rows) in files(sum, ours, rest) {
                    assert_eq!(world.taken(head, &rows).await, (0, 3), "{rows}");
                }
            }
        }
        let received = world.contract(deal.contract).await.payments[0].received_minor;
        assert_eq!((received, world.in_bank().await), (Minor(10_000), 20_000));
        world.rent_explained().await;
        world.end().await;
    }
}

#[tokio::test]
async fn equal_lines_are_as_many_transfers_in_one_file_and_in_files_that_overlap() {
    for world in both().await {
        let row = "2026-11-25;5.00;USD;thanks\n";
        assert_eq!(world.taken(BARE, &row.repeat(2)).await, (2, 0));
        assert_eq!(world.taken(BARE, &row.repeat(2)).await, (0, 2));
        assert_eq!(world.taken(BARE, row).await, (0, 1));
        let longer = format!(
            "2026-11-24;5.00;USD;thanks\n{}2026-11-26;5;USD;thanks\n",
            row.repeat(3)
        );
        assert_eq!(world.taken(BARE, &longer).await, (3, 2));
        assert_eq!(world.taken(BARE, &longer).await, (0, 5));
        let otherwise = "2026-11-25;+5,00;USD;Thanks;\n";
        assert_eq!(world.taken(WHO, &otherwise.repeat(3)).await, (0, 3));
        assert_eq!(world.taken(WHO, &otherwise.repeat(4)).await, (1, 3));
        assert_eq!(world.in_bank().await, 3_000);
        world.end().await;
    }
}

/// Where two people sent the same on one day, a second file may have them in another order.
#[tokio::test]
async fn of_equal_lines_the_new_one_is_that_of_whoever_is_not_known_yet() {
    for world in both().await {
        let row = |who: &str| format!("2026-11-25;5.00;USD;thanks;{who}\n");
        let known = |who: &str, number: &str| (who.to_owned(), number.to_owned());
        assert_eq!(world.taken(WHO, &row("Ada")).await, (1, 0));
        let (number, _, unlike) = world.doubted(WHO, &row("Bo")).await.remove(0);
        assert_eq!(
            (number, unlike),
            (2, Unlike::Words),
            "Ada's may have been left out"
        );
        assert_eq!(world.waits().await, [known("Ada", "1")]);
        let file = format!("{}{}", row("Bo"), row("ADA"));
        assert_eq!(world.taken(WHO, &file).await, (1, 1));
        assert_eq!(world.waits().await, [known("Ada", "1"), known("Bo", "2")]);
        assert_eq!(world.taken(WHO, &row("Bo")).await, (0, 1));
        world.end().await;
    }
}

#[tokio::test]
async fn what_was_imported_under_a_former_name_is_not_booked_again() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let rows = format!(
            "2026-11-25;100.00;USD;{reference};Ada\n2026-11-25;100.00;USD;{reference};Ada\n\
             2026-11-25;7.00;USD;hello;Ada\n2026-11-25;7.00;USD;hello;Ada\n2026-11-25;7.00;USD;hello;Bo\n\
             2026-11-25;-9.00;USD;rent;Landlord\n"
        );
        world.formerly(WHO, &rows).await;
        let had = world.in_bank().await;
        assert_eq!(had, 22_100);
        assert_eq!(world.taken(WHO, &rows).await, (0, 6));
        // another export: other sums, other letters, nobody at the other end, another order
        let otherwise = format!(
            "2026-11-25;-9;USD;RENT\n2026-11-25;7,00;USD;Hello\n2026-11-25;+7;USD;hello \n2026-11-25;7;USD;hello\n\
             2026-11-25;100;USD; {reference}\n2026-11-25;100,00;USD;{reference}\n"
        );
        assert_eq!(world.taken(BARE, &otherwise).await, (0, 6));
        assert_eq!(world.in_bank().await, had);
        // one more of each
        let more = format!("{rows}2026-11-25;100.00;USD;{reference};Ada\n2026-11-25;7.00;USD;hello;Ada\n");
        assert_eq!(world.taken(WHO, &more).await, (2, 6));
        assert_eq!(world.taken(WHO, &more).await, (0, 8));
        let bare = format!("{otherwise}2026-11-25;100;USD;{reference}\n2026-11-25;7;USD;hello\n");
        assert_eq!(world.taken(BARE, &bare).await, (0, 8));
        assert_eq!(world.in_bank().await, had + 10_700);
        let received = world.contract(deal.contract).await.payments[0].received_minor;
        assert_eq!(received, Minor(30_000));
        world.rent_explained().await;
        world.end().await;
    }
}

#[tokio::test]
async fn a_line_that_has_an_id_only_now_is_told_and_not_booked_again() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let rows = |ids: [&str; 2]| {
            format!(
                "2026-11-25;100.00;USD;{reference};Ada;{}\n2026-11-25;7.00;USD;hello;Ada;{}\n",
                ids[0], ids[1]
            )
        };
        world
            .formerly(WHO, &format!("2026-11-25;100.00;USD;{reference};Ada\n"))
            .await;
        world.taken(BARE, "2026-11-25;7.00;USD;hello\n").await;
        let more = format!("{}2026-11-25;8.00;USD;more;Ada;t3\n", rows(["t1", "t2"]));
        let text = format!("{IDS}{more}");
        let imported = import(&world.desk, &text).await.unwrap();
        assert_eq!((imported.unmatched, imported.seen), (1, 0), "the rest is taken");
        let [one, two] = imported.doubtful.as_slice() else {
            panic!("{imported:?}");
        };
        assert_eq!((one.number, one.unlike), (2, Unlike::IdNow));
        assert_eq!((two.number, two.unlike), (3, Unlike::IdNow));
        let told = two.to_string();
        let open = unmatched(&world.desk).await.unwrap();
        let hello = open.iter().find(|one| one.text == "hello").unwrap();
        assert!(
            told.starts_with(&format!(
                "Line 3 was not taken: {}, of the same day",
                hello.external_id
            )),
            "{told}"
        );
        assert_eq!(world.doubted(IDS, &more).await.len(), 2);
        assert_eq!(world.in_bank().await, 11_500);
        // as the sentence says: one of the two is another transfer
        let both = format!("{}2026-11-25;7.00;USD;hello;Ada;\n", rows(["", ""]));
        assert_eq!(world.taken(IDS, &both).await, (1, 2));
        assert_eq!(world.in_bank().await, 12_200);
        world.end().await;
    }
}

#[tokio::test]
async fn a_line_that_had_an_id_and_has_none_now_is_told_and_not_booked_again() {
    for world in both().await {
        let deal = world.funding().await;
        let reference = deal.reference();
        let with = format!("2026-11-25;100.00;USD;{reference};Ada;t1\n2026-11-25;-7.00;USD;rent;Ada;t2\n");
        assert_eq!(world.taken(IDS, &with).await, (2, 0));
        let without = format!("2026-11-25;100;USD;{reference}\n2026-11-25;-7;USD;rent\n");
        let t = |number: usize, id: &str| (number, id.to_owned(), Unlike::IdBefore);
        assert_eq!(world.doubted(BARE, &without).await, [t(2, "t1"), t(3, "t2")]);
        assert_eq!(world.in_bank().await, 10_000);
        assert_eq!(left(&world.desk, "bank").await.unwrap().len(), 1);
        // beside the one with the id it is another
        let beside = format!("{with}2026-11-25;100.00;USD;{reference};Ada;\n");
        assert_eq!(world.taken(IDS, &beside).await, (1, 2));
        assert_eq!(world.taken(IDS, &beside).await, (0, 3));
        assert_eq!(
            world.taken(IDS, &beside.replace(";t1", ";t3")).await,
            (1, 2),
            "an id of its own"
        );
        assert_eq!(world.in_bank().await, 30_000);
        world.explained("t2", "The rent of the office.").await;
        world.end().await;
    }
}

#[tokio::test]
async fn a_line_that_changed_after_it_was_read_undoes_the_whole_import() {
    for world in both().await {
        let deal = world.funding().await;
        let file = |sum: &str, more: &str| {
            format!(
                "{HEAD}2026-11-25,1.00,USD,{more},Ada,b9\n2026-11-25,{sum},USD,{},Ada,b1\n",
                deal.reference()
            )
        };
        let late = read(&world.desk, &file("5000.00", "late")).await.unwrap();
        let same = read(&world.desk, &file("500.00", "first")).await.unwrap();
        import(&world.desk, &file("500.00", "first")).await.unwrap();
        let refused = keep(&world.desk, late).await;
        assert!(
            matches!(&refused, Err(NotImported::Changed { number: 2, external_id }) if external_id == "b9"),
            "{refused:?}"
        );
        let late = file("5000.00", "late").replace("b9", "b8");
        let late = read(&world.desk, &late).await.unwrap();
        let refused = keep(&world.desk, late).await;
        assert!(
            matches!(&refused, Err(NotImported::Changed { number: 3, .. })),
            "{refused:?}"
        );
        let named = world
            .desk
            .store
            .read(|mut view| async move { view.event_named(Name::BANK, "b8").await });
        assert_eq!(named.await.unwrap(), None, "the line before it was new");
        assert_eq!(keep(&world.desk, same).await.unwrap().seen, 2);
        assert_eq!(world.in_bank().await, 50_100);
        world.end().await;
    }
}

#[tokio::test]
async fn two_imports_at_once_are_one_after_the_other() {
    for world in both().await {
        let other = |sum: &str, id: &str| format!("{IDS}2026-11-25;{sum};USD;hello;Ada;{id}\n");
        let (one, two) = (other("5.00", "b1"), other("6.00", "b1"));
        let (one, two) = tokio::join!(import(&world.desk, &one), import(&world.desk, &two));
        let refused = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert!(
            matches!(refused.as_slice(), [NotImported::Changed { number: 2, .. }]),
            "{refused:?}"
        );
        for sum in 10..20 {
            let sum = format!("{sum}.00");
            let (one, two) = (other(&sum, &sum), other(&sum, ""));
            let (one, two) = tokio::join!(import(&world.desk, &one), import(&world.desk, &two));
            let (one, two) = (one.unwrap(), two.unwrap());
            let doubts = one.doubtful.len() + two.doubtful.len();
            assert_eq!((one.unmatched + two.unmatched, doubts), (1, 1), "{sum}");
        }
        world.end().await;
    }
}

/// Nobody has such ids; whoever types one in is not to lose a line by it.
#[tokio::test]
async fn an_id_that_is_the_name_of_another_line_undoes_the_import() {
    for world in both().await {
        let row = "2026-11-25;5.00;USD;thanks;Ada;";
        let stem = bank::parse(&format!("{IDS}{row}"), Currency::USD)
            .unwrap()
            .remove(0)
            .stem;
        let refused = import(&world.desk, &format!("{IDS}{row}{stem}:1\n{row}\n")).await;
        assert!(
            matches!(&refused, Err(NotImported::Changed { number: 3, .. })),
            "{refused:?}"
        );
        assert_eq!(unmatched(&world.desk).await.unwrap(), []);
        world.end().await;
    }
}
