//! What holds while many ask at once.

use std::collections::BTreeMap;

use super::*;

fn drawing(number: usize) -> Drawing {
    Drawing {
        svg: format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"40\"><rect width=\"{number}\" \
             height=\"40\"/><text x=\"2\" y=\"20\" font-family=\"Picture Sans\">{number}</text></svg>"
        ),
        width: 160,
    }
}

async fn status(painter: Painter, number: usize) -> (u16, bool) {
    match painter.paint(drawing(number)).await {
        Ok(kept) => (200, kept.plain().starts_with(b"\x89PNG")),
        Err(problem) => (problem.status().as_u16(), true),
    }
}

fn most(painter: &Painter) -> usize {
    painter.0.busy[1].load(Ordering::SeqCst)
}

/// C21: a thousand different pictures at once: two are drawn at a time, a bounded line waits, the rest is told to come
/// back, and afterwards everybody gets theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_at_once_are_drawn_two_at_a_time() {
    let painter = Painter::default();
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..1_000 {
        asked.spawn(status(painter.clone(), number));
    }
    let mut told: BTreeMap<u16, usize> = BTreeMap::new();
    for (status, sound) in asked.join_all().await {
        assert!(sound);
        *told.entry(status).or_default() += 1;
    }
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), [200, 503], "{told:?}");
    assert!(told[&200] >= LINE, "{told:?}");
    assert!(most(&painter) <= TURNS, "{} at a time", most(&painter));
    assert_eq!(
        painter.0.waiting.load(Ordering::SeqCst),
        0,
        "the line is empty again"
    );
    for number in [0, 500, 999] {
        assert_eq!(status(painter.clone(), number).await.0, 200);
    }
}

/// A link that many open at once is one picture and one drawing; none of them is sent away.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_want_the_same_wait_for_one_drawing() {
    let painter = Painter::default();
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..500 {
        asked.spawn(status(painter.clone(), 7));
    }
    assert!(asked.join_all().await.iter().all(|(status, _)| *status == 200));
    assert_eq!(most(&painter), 1);
    assert_eq!(painter.0.drawn.lock().unwrap().kept.len(), 1);
}

/// Whoever hangs up does not make room for a third drawing: the turn belongs to the work.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_leave_take_no_turn_with_them() {
    let painter = Painter::default();
    for number in 0..60 {
        let asked = tokio::time::timeout(Duration::from_micros(200), status(painter.clone(), number));
        drop(asked.await);
    }
    assert!(most(&painter) <= TURNS, "{} at a time", most(&painter));
    assert_eq!(painter.0.waiting.load(Ordering::SeqCst), 0);
    assert_eq!(status(painter, 61).await.0, 200);
}

/// Nobody waits for ever, and the answer says when to come back.
#[tokio::test]
async fn waiting_has_an_end() {
    let painter = Painter(Arc::new(Workshop {
        wait: Duration::from_millis(5),
        ..Workshop::default()
    }));
    let held = [painter.turn().await.unwrap(), painter.turn().await.unwrap()];
    let problem = painter.paint(drawing(1)).await.unwrap_err();
    assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem.header(&RETRY_AFTER), Some("5"));
    drop(held);
    assert_eq!(status(painter, 1).await.0, 200);
}

/// The pictures that are kept have a bound, and those that nobody asks for go first.
#[test]
fn what_is_kept_is_bounded() {
    let room = 4_000;
    let mut drawn = Drawn {
        room,
        ..Drawn::default()
    };
    let key = |number: u8| [number; 32];
    let large = || Kept::bytes("image/png", vec![0; room / 4], Cache::Revalidate);
    for number in 0..4 {
        drawn.keep(key(number), large());
    }
    drawn.get(&key(0)).unwrap();
    drawn.keep(key(4), large());
    assert!(drawn.get(&key(1)).is_none(), "longest ago");
    assert!(drawn.get(&key(0)).is_some() && drawn.get(&key(4)).is_some());
    assert!(drawn.bytes <= room);
    drawn.keep(key(4), large());
    assert_eq!(drawn.bytes, room, "the same one again is counted once");
    // one that is larger than all that may be kept is answered and not kept
    let huge = Kept::bytes("image/png", vec![0; room + 1], Cache::Revalidate);
    assert_eq!(drawn.keep(key(9), huge).plain().len(), room + 1);
    assert_eq!((drawn.bytes, drawn.kept.len()), (0, 0));
}

/// What is no drawing is our mistake, and a huge one is drawn smaller.
#[tokio::test]
async fn a_drawing_that_cannot_be_made_is_told() {
    let painter = Painter::default();
    let broken = Drawing {
        svg: "<svg".to_owned(),
        width: 10,
    };
    let problem = painter.paint(broken).await.unwrap_err();
    assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let tall = Drawing {
        svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"60000\"/>".to_owned(),
        width: 4096,
    };
    let kept = painter.paint(tall).await.unwrap();
    assert_eq!(kept.plain()[20..24], 4096_u32.to_be_bytes());
}
