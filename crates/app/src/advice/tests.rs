//! An operator who proposes experts, and how soon requests are answered.

use super::*;
use crate::conversation;
use crate::request::progress::Known;
use crate::shortlist;
use crate::testing::{desk, drafted, expert, opened, operator, person, subjects, submitted};

fn pick(expert: &Person, note: &str) -> Pick {
    Pick {
        expert: format!("https://hire.example/experts/{}", expert.id),
        rate: "110".to_owned(),
        note: note.to_owned(),
    }
}

#[tokio::test]
async fn the_client_reads_why_and_begins_to_talk() {
    let (desk, outside, _folder) = desk().await;
    let (clara, olga) = (person(&desk, "Clara").await, operator(&desk, "Olga").await);
    let emil = expert(&desk, "Emil", "SQL").await;
    let request = opened(&desk, &clara, |draft| draft.wishes.mode = "managed".to_owned()).await;
    for _twice in 0..2 {
        propose(&desk, &olga, request, &[pick(&emil, "Priced quotes before")])
            .await
            .unwrap();
    }
    assert_eq!(
        subjects(&desk, &outside, &clara).await,
        ["Experts for your request"]
    );
    let corrected = pick(&emil, "Priced quotes twice before");
    let dearer = Pick {
        rate: "120".to_owned(),
        ..pick(&emil, "Priced quotes before")
    };
    let rosa = expert(&desk, "Rosa", "SQL").await;
    for changed in [corrected, dearer] {
        let picks = [pick(&rosa, "Another one"), changed];
        let refused = propose(&desk, &olga, request, &picks).await;
        assert_eq!(refused.unwrap_err().code(), "proposed_already");
    }
    assert!(subjects(&desk, &outside, &clara).await.is_empty());
    let found = proposed(&desk, request).await.unwrap();
    assert_eq!((found.len(), &*found[0].name), (1, "Emil"));
    assert_eq!(found[0].row.note, "Priced quotes before");
    assert_eq!(found[0].row.rate, Some(Minor(11_000)));
    let talk = conversation::begin_with(&desk, request, clara.id, emil.id)
        .await
        .unwrap();
    let again = conversation::begin_with(&desk, request, clara.id, emil.id).await;
    assert_eq!(again.unwrap(), talk);
    assert_eq!(
        subjects(&desk, &outside, &emil).await,
        ["Clara wants to talk with you"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_proposal_is_said_by_field() {
    let (desk, _outside, _folder) = desk().await;
    let (clara, olga) = (person(&desk, "Clara").await, operator(&desk, "Olga").await);
    let emil = expert(&desk, "Emil", "SQL").await;
    let hidden = drafted(&desk, "Hugo", "SQL").await;
    let request = submitted(&desk, &clara, |_| ()).await;
    let faults = |ended| match ended {
        Err(Error::Invalid(faults)) => faults
            .into_iter()
            .map(|fault: FieldRefusal| (fault.field, fault.code))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let wrong = Pick {
        expert: "somebody".to_owned(),
        rate: "much".to_owned(),
        note: String::new(),
    };
    assert_eq!(
        faults(propose(&desk, &olga, request, &[wrong]).await),
        [
            ("expert_1", "unknown"),
            ("rate_1", "unclear"),
            ("note_1", "missing")
        ]
    );
    assert_eq!(
        faults(propose(&desk, &olga, request, &[Pick::default()]).await),
        [("expert_1", "missing")]
    );
    let rate_alone = Pick {
        rate: "95".to_owned(),
        ..Pick::default()
    };
    assert_eq!(
        faults(propose(&desk, &olga, request, &[pick(&emil, "A good match."), rate_alone]).await),
        [("expert_2", "unknown"), ("note_2", "missing")]
    );
    let twice = [pick(&emil, "A good match."), pick(&emil, "A good match.")];
    assert_eq!(
        faults(propose(&desk, &olga, request, &twice).await),
        [("expert_1", "twice")]
    );
    let unseen = propose(&desk, &olga, request, &[pick(&hidden, "A good match.")]).await;
    assert_eq!(unseen.unwrap_err().code(), "not_visible");
    let stranger = propose(&desk, &clara, request, &[pick(&emil, "A good match.")]).await;
    assert_eq!(stranger.unwrap_err().code(), "not_found");
    assert!(proposed(&desk, request).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_first_answer_counts_whoever_gives_it() {
    let (desk, outside, _folder) = desk().await;
    let (clara, olga) = (person(&desk, "Clara").await, operator(&desk, "Olga").await);
    let promise = SignedDuration::from_hours(24);
    let by_operator = submitted(&desk, &clara, |_| ()).await;
    let by_expert = opened(&desk, &clara, |_| ()).await;
    let _silent = submitted(&desk, &clara, |_| ()).await;
    outside.wait(3_600);
    replied(&desk, &olga, by_operator).await.unwrap();
    let emil = expert(&desk, "Emil", "SQL").await;
    let talk = conversation::begin(&desk, by_expert, emil.id).await.unwrap();
    assert_eq!(replied_at(&desk, by_expert).await.unwrap(), None);
    let once = earnest_hire::ids::OnceKey::new([7; 16]);
    conversation::say(&desk, talk, emil.id, "Hello", once)
        .await
        .unwrap();
    outside.wait(3_600);
    replied(&desk, &olga, by_operator).await.unwrap();
    let some = replies(&desk, promise).await.unwrap();
    assert_eq!((some.counted, some.kept, some.waiting), (2, 2, 1));
    assert_eq!(some.median, Some(SignedDuration::from_hours(1)));
    outside.wait(24 * 3_600);
    assert_eq!(replies(&desk, promise).await.unwrap().kept_percent(), Some(66));
    outside.wait(90 * 24 * 3_600);
    assert_eq!(replies(&desk, promise).await.unwrap().counted, 0);
    assert!(matches!(
        replied(&desk, &clara, by_operator).await,
        Err(Error::NotFound)
    ));
}

#[tokio::test]
async fn a_shortlist_names_its_reasons_to_both_and_never_the_client() {
    let (desk, _outside, _folder) = desk().await;
    let clara = expert(&desk, "Clara", "Rust").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let rosa = expert(&desk, "Rosa", "Rust").await;
    let request = opened(&desk, &clara, |draft| {
        draft.wishes.skills = "Python, Rust".to_owned();
    })
    .await;
    let read = desk.store.read(move |mut view| async move {
        Ok::<_, earnest_store::Error>((view.request(request).await?, view.progress(request).await?))
    });
    let (Some(request), Some(row)) = read.await.unwrap() else {
        panic!("it is there");
    };
    let known = Known { request, row };
    let listed = shortlist::of(&desk, &known).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|one| one.row.name.as_str()).collect();
    assert_eq!(names, ["Rosa", "Emil"]);
    let own = shortlist::place_of(&desk, &known, emil.id).await.unwrap();
    assert_eq!(own.as_ref(), Some(&listed[1].place));
    assert_eq!(
        shortlist::place_of(&desk, &known, rosa.id)
            .await
            .unwrap()
            .map(|place| place.rank),
        Some(1)
    );
}
