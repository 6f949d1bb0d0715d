use super::*;
use crate::account;
use crate::testing::desk;
use crate::token;

const PASSWORD: &str = "three plain words";

fn email() -> Email {
    "ada@client.example".parse().unwrap()
}

async fn letter(desk: &Desk, outside: &crate::testing::Outside) -> String {
    mail::run_due(desk).await.unwrap();
    outside.letters.lock().unwrap().pop().unwrap().body
}

fn token_in(letter: &str) -> String {
    let (_, rest) = letter.split_once("/sign-in/").unwrap();
    rest.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_begins_with_the_link_and_not_before() {
    let (desk, outside, _folder) = desk().await;
    sign_up(&desk, &email(), ("Ada", PASSWORD), Proof::ByMail)
        .await
        .unwrap();
    assert_eq!(
        check(&desk, &email(), PASSWORD).await.unwrap_err().to_string(),
        WRONG.to_string()
    );
    let link = token_in(&letter(&desk, &outside).await);
    let came = account::come_in(&desk, &link, "", "").await.unwrap();
    assert_eq!(came.person.name, "Ada");
    let person = check(&desk, &email(), PASSWORD).await.unwrap();
    assert_eq!(person.id, came.person.id);
    assert!(check(&desk, &email(), "three plain word").await.is_err());
    assert!(check(&desk, &email(), &PASSWORD.to_uppercase()).await.is_err());
}

#[tokio::test]
async fn who_has_an_account_keeps_their_password() {
    let (desk, outside, _folder) = desk().await;
    sign_up(&desk, &email(), ("Ada", PASSWORD), Proof::None)
        .await
        .unwrap();
    for proof in [Proof::None, Proof::ByMail] {
        sign_up(&desk, &email(), ("Mallory", "another long one"), proof)
            .await
            .unwrap();
    }
    let link = token_in(&letter(&desk, &outside).await);
    let came = account::come_in(&desk, &link, "", "").await.unwrap();
    assert_eq!(came.person.name, "Ada");
    assert!(check(&desk, &email(), "another long one").await.is_err());
    check(&desk, &email(), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn passwords_that_everybody_tries_are_refused() {
    let (desk, _outside, _folder) = desk().await;
    let cases = [
        ("short", "too_short"),
        ("Password1", "too_common"),
        ("ada@client.example", "is_address"),
    ];
    for (password, code) in cases {
        let refused = sign_up(&desk, &email(), ("Ada", password), Proof::None).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(faults)) if faults.iter().any(|f| f.code == code)),
            "{password}: {refused:?}"
        );
    }
    let long = "x".repeat(129);
    assert!(checked(&long, &email()).is_err());
    assert!(checked(&"ü".repeat(128), &email()).is_ok());
}

#[tokio::test]
async fn another_password_ends_the_former_and_is_told() {
    let (desk, outside, _folder) = desk().await;
    sign_up(&desk, &email(), ("Ada", PASSWORD), Proof::None)
        .await
        .unwrap();
    let ada = check(&desk, &email(), PASSWORD).await.unwrap();
    let this = token::make(&desk, &ada, "this").await.unwrap();
    let other = token::make(&desk, &ada, "other").await.unwrap();
    set(&desk, &ada, this.session(), "four other plain words")
        .await
        .unwrap();
    assert!(token::bearer(&desk, this).await.unwrap().is_some());
    assert!(
        token::bearer(&desk, other).await.unwrap().is_none(),
        "every other ends"
    );
    assert!(check(&desk, &email(), PASSWORD).await.is_err());
    check(&desk, &email(), "four other plain words").await.unwrap();
    assert!(letter(&desk, &outside).await.contains("password"));
    assert!(since(&desk, ada.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_token_is_no_cookie_and_ends_with_the_list_of_sessions() {
    let (desk, outside, _folder) = desk().await;
    sign_up(&desk, &email(), ("Ada", PASSWORD), Proof::None)
        .await
        .unwrap();
    let ada = check(&desk, &email(), PASSWORD).await.unwrap();
    let token = token::make(&desk, &ada, "my script").await.unwrap();
    let written: token::ApiToken = token.to_string().parse().unwrap();
    assert_eq!(token::bearer(&desk, written).await.unwrap().unwrap().0.id, ada.id);
    assert!(
        account::signed_in(&desk, token.session())
            .await
            .unwrap()
            .is_none()
    );
    let list = account::browsers(&desk, ada.id, token.session()).await.unwrap();
    assert_eq!(list.first().unwrap().row.label.as_deref(), Some("my script"));
    account::go_out(&desk, token.session()).await.unwrap();
    assert!(token::bearer(&desk, written).await.unwrap().is_none());
    let second = token::make(&desk, &ada, "again").await.unwrap();
    outside.wait(91 * 24 * 3600);
    assert!(
        token::bearer(&desk, second).await.unwrap().is_none(),
        "it has ended"
    );
    assert!(token::make(&desk, &ada, " ").await.is_err());
}

/// All links that were sent, the first first.
async fn links(desk: &Desk, outside: &crate::testing::Outside) -> Vec<String> {
    while mail::run_due(desk).await.unwrap() > 0 {}
    let letters = outside.letters.lock().unwrap();
    letters.iter().map(|letter| token_in(&letter.body)).collect()
}

async fn a_stranger_asks(desk: &Desk) {
    for _ in 0..LINKS_AN_HOUR {
        sign_up(desk, &email(), ("Mallory", "another long one"), Proof::ByMail)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn who_is_new_gets_a_link_of_their_own_whatever_a_stranger_asked_for() {
    let (desk, outside, _folder) = desk().await;
    a_stranger_asks(&desk).await;
    account::send_link(&desk, &email(), "/me").await.unwrap();
    let sent = links(&desk, &outside).await;
    assert_eq!(sent.len(), 6, "the own link comes, too");
    let mut plain = Vec::new();
    for link in sent {
        let opened = account::look_at_link(&desk, &link).await.unwrap();
        plain.extend(opened.asked_name.is_none().then_some(link));
    }
    assert_eq!(plain.len(), 1);
    let came = account::come_in(&desk, &plain[0], "Ada", "").await.unwrap();
    assert_eq!(came.person.name, "Ada");
    assert!(check(&desk, &email(), "another long one").await.is_err());
}

#[tokio::test]
async fn who_is_new_and_signs_up_after_a_stranger_gets_no_password_of_theirs() {
    let (desk, outside, _folder) = desk().await;
    a_stranger_asks(&desk).await;
    sign_up(&desk, &email(), ("Ada", PASSWORD), Proof::ByMail)
        .await
        .unwrap();
    let sent = links(&desk, &outside).await;
    assert_eq!(sent.len(), 5);
    for link in &sent {
        let opened = account::look_at_link(&desk, link).await.unwrap();
        assert_eq!(opened.asked_name, None);
    }
    account::come_in(&desk, &sent[0], "Ada", "").await.unwrap();
    assert!(check(&desk, &email(), "another long one").await.is_err());
}

/// How many rows every table has.
fn rows(folder: &tempfile::TempDir) -> std::collections::BTreeMap<String, i64> {
    let kept = rusqlite::Connection::open(folder.path().join("earnest.db")).unwrap();
    let mut tables = kept
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let count =
        |table: &String| kept.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0));
    names
        .iter()
        .map(|table| (table.clone(), count(table).unwrap()))
        .collect()
}

/// What an address costs: what is answered, passwords hashed, rows added to each table.
async fn cost(
    desk: &Desk,
    folder: &tempfile::TempDir,
    act: impl AsyncFn() -> String,
) -> (String, u64, Vec<(String, i64)>) {
    let (before, hashed) = (rows(folder), desk.hashing.done());
    let answer = act().await;
    let after = rows(folder)
        .into_iter()
        .map(|(table, count)| (table.clone(), count - before[&table]));
    let added = after.filter(|(_, added)| *added != 0).collect();
    (answer, desk.hashing.done() - hashed, added)
}

#[tokio::test]
async fn a_known_address_costs_what_an_unknown_one_does() {
    let (desk, _outside, folder) = desk().await;
    let [known, bare, unknown] = ["known", "bared", "nobod"].map(|name| {
        let email: Email = format!("{name}@example.org").parse().unwrap();
        email
    });
    sign_up(&desk, &known, ("Ada", PASSWORD), Proof::None)
        .await
        .unwrap();
    crate::testing::person(&desk, "Bared").await;
    let mut costs = Vec::new();
    for email in [&known, &bare, &unknown] {
        let checked = cost(&desk, &folder, async || {
            check(&desk, email, "another long one")
                .await
                .unwrap_err()
                .to_string()
        });
        let checked = checked.await;
        assert_eq!((checked.1, checked.2.len()), (1, 0));
        let linked = cost(&desk, &folder, async || {
            format!("{:?}", crate::account::send_link(&desk, email, "/me").await)
        });
        let linked = linked.await;
        assert_eq!((linked.1, linked.2.len()), (0, 2), "a link and its letter");
        let asked = cost(&desk, &folder, async || {
            format!(
                "{:?}",
                sign_up(&desk, email, ("Ada", PASSWORD), Proof::ByMail).await
            )
        });
        let asked = asked.await;
        assert_eq!(
            (asked.1, asked.2.len()),
            (1, 3),
            "as well, and what was asked for"
        );
        costs.push((checked, linked, asked));
    }
    assert_eq!(costs[0], costs[2]);
    assert_eq!(costs[1], costs[2]);
}

#[tokio::test]
async fn who_comes_when_too_many_wait_is_turned_away_at_once() {
    let (desk, _outside, _folder) = desk().await;
    let places = u32::try_from(AT_ONCE + WAITING).unwrap();
    let all = desk.hashing.places.try_acquire_many(places).unwrap();
    let refused = check(&desk, &email(), PASSWORD).await.unwrap_err();
    assert_eq!((refused.code(), desk.hashing.done()), ("busy", 0));
    drop(all);
    assert_eq!(
        check(&desk, &email(), PASSWORD).await.unwrap_err().code(),
        "sign_in_refused"
    );
}
