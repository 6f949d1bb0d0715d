//! Limits on a real store, by a clock that is moved.

use super::*;
use crate::testing::desk;

fn at(last: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, last])
}

fn waits(tried: Result<(), Error>) -> i64 {
    match tried {
        Ok(()) => 0,
        Err(Error::TooMany { wait }) => wait.as_secs(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_burst_then_the_even_pace_on_every_node() {
    let (desk, outside, _folder) = desk().await;
    let mut other = desk.clone();
    other.limits = std::sync::Arc::default();
    for node in [&desk, &other, &desk] {
        assert_eq!(waits(try_once(node, Some(at(1)), None).await), 0);
    }
    for node in [&desk, &other] {
        assert_eq!(waits(try_once(node, Some(at(1)), None).await), 20);
        assert_eq!(
            waits(try_once(node, Some(at(1)), None).await),
            20,
            "by what it remembers"
        );
    }
    assert_eq!(
        waits(try_once(&desk, Some(at(2)), None).await),
        0,
        "each address has its own"
    );
    outside.wait(19);
    assert_eq!(waits(try_once(&other, Some(at(1)), None).await), 1);
    outside.wait(1);
    assert_eq!(waits(try_once(&other, Some(at(1)), None).await), 0);
    assert_eq!(waits(try_once(&desk, Some(at(1)), None).await), 20);
    outside.wait(3_600);
    tidy(&desk).await.unwrap();
    for _ in 0..3 {
        assert_eq!(
            waits(try_once(&desk, Some(at(1)), None).await),
            0,
            "rest brings the burst back"
        );
    }
    assert_eq!(waits(try_once(&desk, Some(at(1)), None).await), 20);
}

#[tokio::test]
async fn whoever_is_over_the_limit_uses_up_nothing_of_the_account() {
    let (desk, _outside, _folder) = desk().await;
    let ada: Email = "ada@example.org".parse().unwrap();
    for _ in 0..50 {
        drop(try_once(&desk, Some(at(1)), Some(&ada)).await);
    }
    for guess in 2..9 {
        assert_eq!(
            waits(try_once(&desk, Some(at(guess)), Some(&ada)).await),
            0,
            "{guess}"
        );
    }
    assert_eq!(
        waits(try_once(&desk, Some(at(9)), Some(&ada)).await),
        20,
        "ten from everywhere"
    );
    assert_eq!(waits(try_once(&desk, None, Some(&ada)).await), 20);
}

#[test]
fn one_customer_of_a_network_is_one_address() {
    let read = |text: &str| network(text.parse().unwrap()).to_string();
    assert_eq!(read("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(read("2001:db8:1:3::1"), "2001:db8:1:3::");
    assert_eq!(read("203.0.113.7"), "203.0.113.7");
    assert_eq!(read("::ffff:203.0.113.7"), "203.0.113.7");
}

#[tokio::test]
async fn no_address_is_kept_as_it_is() {
    let (desk, _outside, folder) = desk().await;
    let mut names = Vec::new();
    for key in [7, 8] {
        let mut desk = desk.clone();
        desk.sealing = crate::seal::Sealing::of([key; 32]);
        names.push(desk.sealing.name("address 203.0.113.1"));
    }
    assert_ne!(names[0], names[1], "without the key nobody makes the name");
    assert_eq!(waits(try_once(&desk, Some(at(1)), None).await), 0);
    desk.store.finish().await;
    let kept = rusqlite::Connection::open(folder.path().join("earnest.db")).unwrap();
    let name: Vec<u8> = kept
        .query_row("SELECT name_sha256 FROM tried", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, names[0]);
}

/// Guesses ten thousand times in ten minutes, from addresses and at accounts that the number of the guess names; says how
/// many were really looked at.
async fn looked_at(guess: impl Fn(u32) -> (IpAddr, String)) -> u64 {
    let (desk, outside, _folder) = desk().await;
    let begun = desk.now();
    for number in 0..10_000 {
        let (from, account) = guess(number);
        let account: Email = account.parse().unwrap();
        if try_once(&desk, Some(from), Some(&account)).await.is_ok() {
            let guessed = crate::password::check(&desk, &account, "three plain words").await;
            assert!(guessed.is_err());
        }
        if number % 50 == 49 {
            outside.wait(3);
        }
    }
    assert_eq!(desk.now().duration_since(begun), SignedDuration::from_mins(10));
    desk.hashing.done()
}

#[tokio::test]
async fn of_ten_thousand_guesses_in_ten_minutes_few_are_really_looked_at() {
    let one = IpAddr::from([203, 0, 113, 1]);
    // Few enough that each has used up its own: every try that it has left is written down.
    let many = |number: u32| IpAddr::from((0xc633_0000 + number % 25).to_be_bytes());
    let ada = || "ada@example.org".to_owned();
    let at_all = looked_at(|number| (one, format!("person{number}@example.org")));
    assert_eq!(at_all.await, 32, "at all accounts from one address");
    let everywhere = looked_at(|number| (many(number), ada())).await;
    assert!(
        (35..=39).contains(&everywhere),
        "at one account from everywhere: {everywhere}"
    );
}
