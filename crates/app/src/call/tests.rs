//! Calls of which nobody chose a time.

use earnest_hire::call::CallStage;

use super::*;
use crate::testing::{desk, subjects, talking};

fn typed(slots: [&str; MOST_SLOTS], once: u8) -> Typed<'_> {
    Typed {
        zone: "UTC",
        minutes: "30",
        slots,
        once: OnceKey::new([once; 16]),
    }
}

async fn stages(desk: &Desk, talk: ConversationId) -> Vec<CallStage> {
    let read = desk
        .store
        .read(move |mut view| async move { view.calls_in(talk).await });
    let mut rows = read.await.unwrap();
    rows.sort_by_key(|row| row.call.slots.clone());
    rows.iter().map(|row| row.call.stage).collect()
}

#[tokio::test]
async fn a_call_lapses_after_its_last_time_once_and_whoever_named_the_times_hears_of_it() {
    let (desk, outside, _folder) = desk().await;
    let (clara, emil, talk) = talking(&desk).await;
    let soon = ["2026-11-25T10:00", "2026-11-25T12:00", ""];
    propose(&desk, talk, clara.id, typed(soon, 1)).await.unwrap();
    let booked = propose(&desk, talk, clara.id, typed(["2026-11-25T11:00", "", ""], 2))
        .await
        .unwrap();
    let at = "2026-11-25T11:00:00Z".parse().unwrap();
    answer(&desk, booked, emil.id, Answer::Book(at)).await.unwrap();
    propose(&desk, talk, emil.id, typed(["2026-12-01T10:00", "", ""], 3))
        .await
        .unwrap();
    subjects(&desk, &outside, &clara).await;
    subjects(&desk, &outside, &emil).await;

    let noon: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
    outside.wait(noon.as_second() - desk.now().as_second());
    assert_eq!(
        run_due(&desk).await.unwrap(),
        0,
        "at its last time it may still be booked"
    );
    outside.wait(1);
    assert_eq!(run_due(&desk).await.unwrap(), 1);
    assert_eq!(
        stages(&desk, talk).await,
        [CallStage::Missed, CallStage::Booked, CallStage::Proposed]
    );
    assert_eq!(subjects(&desk, &outside, &clara).await, ["No call with emil"]);
    assert!(subjects(&desk, &outside, &emil).await.is_empty());
    assert_eq!(run_due(&desk).await.unwrap(), 0, "once");

    outside.wait(30 * 24 * 3600);
    assert_eq!(run_due(&desk).await.unwrap(), 1);
    assert_eq!(subjects(&desk, &outside, &emil).await, ["No call with clara"]);
    assert_eq!(
        stages(&desk, talk).await,
        [CallStage::Missed, CallStage::Booked, CallStage::Missed]
    );
}

#[tokio::test]
async fn a_call_from_before_lapsing_was_noted_is_looked_at_once() {
    let (desk, outside, folder) = desk().await;
    let (clara, _emil, talk) = talking(&desk).await;
    propose(&desk, talk, clara.id, typed(["2026-11-25T10:00", "", ""], 1))
        .await
        .unwrap();
    let below = rusqlite::Connection::open(folder.path().join("earnest.db")).unwrap();
    below.execute_batch("UPDATE call SET lapses_at = 0").unwrap();
    assert_eq!(run_due(&desk).await.unwrap(), 1);
    assert_eq!(stages(&desk, talk).await, [CallStage::Proposed]);
    assert_eq!(run_due(&desk).await.unwrap(), 0);
    outside.wait(24 * 3600);
    assert_eq!(run_due(&desk).await.unwrap(), 1);
    assert_eq!(stages(&desk, talk).await, [CallStage::Missed]);
}

#[tokio::test]
async fn a_form_proposes_one_call_once_and_other_times_are_not_lost_in_silence() {
    let (desk, _outside, _folder) = desk().await;
    let (clara, _emil, talk) = talking(&desk).await;
    let times = ["2026-11-25T10:00", "", ""];
    let id = propose(&desk, talk, clara.id, typed(times, 1)).await.unwrap();
    assert_eq!(propose(&desk, talk, clara.id, typed(times, 1)).await.unwrap(), id);
    let other = propose(&desk, talk, clara.id, typed(["2026-11-26T10:00", "", ""], 1)).await;
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    assert_eq!(stages(&desk, talk).await, [CallStage::Proposed]);
}
