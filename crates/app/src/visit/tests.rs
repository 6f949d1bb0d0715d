//! How often an operator says why they look, on both engines.

use super::*;
use crate::testing::{desks, operator, person};

async fn lines(desk: &Desk, about: PersonId) -> usize {
    let (record, _next) = audit::about(desk, about, None, crate::audit::SHOWN)
        .await
        .unwrap();
    record
        .iter()
        .filter(|(row, _)| row.act.starts_with("Read what"))
        .count()
}

#[tokio::test]
async fn a_record_grows_by_so_many_visits_of_an_operator_in_a_day() {
    for (desk, outside, _home) in desks().await {
        let ada = person(&desk, "Ada").await.id;
        let (olga, pia) = (operator(&desk, "Olga").await, operator(&desk, "Pia").await);
        for number in 0..MOST {
            let reason = format!("Question number {number}.");
            // twice the same within the hour is one visit
            for _click in 0..2 {
                to_person(&desk, &olga, ada, &reason).await.unwrap();
            }
            outside.wait(3_600);
        }
        assert_eq!(lines(&desk, ada).await, 12);
        let more = to_person(&desk, &olga, ada, "One question more.").await;
        assert_eq!(more.unwrap_err().code(), "visits_too_many");
        assert_eq!(lines(&desk, ada).await, 12, "nothing was noted");
        to_person(&desk, &pia, ada, "Olga has asked me.").await.unwrap();
        to_person(&desk, &olga, pia.id, "It is somebody else.")
            .await
            .unwrap();
        outside.wait(13 * 3_600);
        to_person(&desk, &olga, ada, "It is tomorrow now.").await.unwrap();
        assert_eq!(lines(&desk, ada).await, 14);
    }
}

#[tokio::test]
async fn reasons_that_come_at_once_are_counted_one_after_the_other() {
    for (desk, _outside, _home) in desks().await {
        let ada = person(&desk, "Ada").await.id;
        let olga = operator(&desk, "Olga").await;
        let mut coming = tokio::task::JoinSet::new();
        for number in 0..20 {
            let (desk, olga) = (desk.clone(), olga.clone());
            let reason = format!("Reason number {number}.");
            coming.spawn(async move { to_person(&desk, &olga, ada, &reason).await });
        }
        let taken = coming.join_all().await;
        assert_eq!(taken.iter().filter(|one| one.is_ok()).count(), 12, "{taken:?}");
        assert_eq!(lines(&desk, ada).await, 12);
    }
}
