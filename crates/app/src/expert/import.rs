//! Experts whom the operator already knows: their profiles come in from a file, and each is asked by mail to look at
//! theirs. Nobody else sees one before its expert has sent it to the office and the office has let it through.

use earnest_hire::expert::Expert;
use earnest_hire::expert::import::{self, Fault, Row};
use earnest_hire::ids::Ids;
use earnest_hire::person::{Email, Person, Roles};
use earnest_hire::span::after;
use earnest_store::{Done, Tx};
use jiff::{SignedDuration, Timestamp};

use super::today;
use crate::Error;
use crate::account;
use crate::desk::Desk;
use crate::mail;

/// For how many days the link in the letter opens an account.
const LINK_DAYS: i64 = 14;
/// Where it leads.
const BACK: &str = "/me/expert-profile";

/// What a file would bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whose profile would be kept, and who would be written to.
    pub new: Vec<Row>,
    /// Who has a profile already; nothing is done about them.
    pub known: Vec<Email>,
}

/// Reads a file, or says of every line what is wrong with it.
pub fn read(desk: &Desk, text: &str) -> Result<Vec<Row>, Vec<Fault>> {
    import::parse(text, today(desk), desk.currency)
}

/// What [`carry_out`] would do.
pub async fn plan(desk: &Desk, rows: Vec<Row>) -> Result<Plan, Error> {
    let read = desk.store.read(move |mut view| {
        let rows = rows.clone();
        async move {
            let mut plan = Plan::default();
            for row in rows {
                let person = view.person_of_email(&row.email).await?;
                let expert = match &person {
                    Some(person) => view.expert(person.id).await?,
                    None => None,
                };
                match expert {
                    Some(_there) => plan.known.push(row.email),
                    None => plan.new.push(row),
                }
            }
            Ok::<_, earnest_store::Error>(plan)
        }
    });
    Ok(read.await?)
}

/// Keeps the profiles that are new and writes to their experts, each in a transaction of its own: begun again after a
/// crash, it goes on where it was, and a second time it changes nothing. Says how many it kept.
pub async fn carry_out(desk: &Desk, rows: Vec<Row>) -> Result<usize, Error> {
    let mut kept = 0;
    for row in rows {
        let coming = Coming {
            desk: desk.clone(),
            now: desk.now(),
            seed: desk.seed(),
            row,
        };
        let is_new = desk.write(&coming, |coming, tx| async move { coming.keep(tx).await });
        kept += usize::from(is_new.await?);
    }
    desk.wake();
    Ok(kept)
}

#[derive(Debug, Clone)]
struct Coming {
    desk: Desk,
    now: Timestamp,
    seed: [u8; 16],
    row: Row,
}

impl Coming {
    async fn keep(&self, mut tx: Tx) -> Result<Done<bool>, Error> {
        let new = Person {
            id: Ids::new(self.now, self.seed).person(),
            email: self.row.email.clone(),
            name: self.row.name.clone(),
            roles: Roles::default(),
            since: self.now,
        };
        let has_account = !tx.insert_person(&new).await?;
        let person = tx.person_of_email(&new.email).await?.ok_or(Error::NotFound)?;
        if tx.expert(person.id).await?.is_some() {
            return tx.commit(false).await;
        }
        let expert = Expert::new(person.id, self.row.profile.clone(), self.now);
        tx.insert_expert(&expert).await?;
        // A link that lasts for days is for accounts that hold nothing yet; others sign in as they are used to.
        let letter = if has_account {
            mail::filled_in(&self.desk, &person, BACK, None)
        } else {
            let (mut link, token) = account::new_link(&self.desk, &person.email, BACK, self.now);
            link.ends_at = after(self.now, SignedDuration::from_hours(24 * LINK_DAYS));
            tx.insert_sign_in_link(&link).await?;
            mail::filled_in(&self.desk, &person, &format!("/sign-in/{token}"), Some(LINK_DAYS))
        };
        letter.keep(&mut tx, self.now).await?;
        tx.commit(true).await
    }
}

#[cfg(test)]
mod tests {
    use earnest_hire::expert::Standing;

    use super::*;
    use crate::expert::{Query, search};
    use crate::testing::{desk, person, subjects};

    const FILE: &str = "email,name,headline,about,skills,languages,time_zone\n\
                        emil@example.org,Emil,Python services,Many,Python:10,English,UTC\n\
                        rosa@example.org,Rosa,Go services,Many,Go:5,English,UTC\n";

    #[tokio::test]
    async fn a_file_comes_in_once_and_nobody_sees_it_before_its_experts() {
        let (desk, outside, _folder) = desk().await;
        let rosa = person(&desk, "Rosa").await;
        let rows = read(&desk, FILE).unwrap();
        let before = plan(&desk, rows.clone()).await.unwrap();
        assert_eq!((before.new.len(), before.known.len()), (2, 0));
        assert_eq!(carry_out(&desk, rows.clone()).await.unwrap(), 2);
        assert_eq!(carry_out(&desk, rows.clone()).await.unwrap(), 0);
        let then = plan(&desk, rows).await.unwrap();
        assert_eq!((then.new.len(), then.known.len()), (0, 2));
        let found = search(&desk, &Query::default()).await.unwrap();
        assert_eq!(found.visible, 0);

        crate::mail::run_due(&desk).await.unwrap();
        let letters = outside.letters.lock().unwrap().clone();
        let to = |email: &str| {
            let mine = letters.iter().filter(|letter| letter.to.as_str() == email);
            mine.map(|letter| letter.body.clone()).collect::<Vec<_>>()
        };
        let (emil, known) = (to("emil@example.org"), to("rosa@example.org"));
        assert_eq!((emil.len(), known.len()), (1, 1), "{letters:#?}");
        assert!(
            known[0].contains("https://hire.example/me/expert-profile") && !known[0].contains("/sign-in/")
        );
        let (_, rest) = emil[0].split_once("/sign-in/").unwrap();
        let token = rest.lines().next().unwrap();
        outside.wait(13 * 24 * 3_600);
        let came = account::come_in(&desk, token, "", "").await.unwrap();
        assert_eq!((came.back.as_str(), &*came.person.name), (BACK, "Emil"));
        for who in [came.person.id, rosa.id] {
            let file = crate::expert::file(&desk, who).await.unwrap().unwrap();
            assert_eq!(file.row.expert.standing, Standing::Draft);
        }
        assert!(subjects(&desk, &outside, &rosa).await.len() == 1);
    }

    #[tokio::test]
    async fn a_file_with_a_fault_is_not_taken_at_all() {
        let (desk, _outside, _folder) = desk().await;
        let faults = read(&desk, &FILE.replace("Go:5", "Go:many")).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].to_string().starts_with("line 3: years_1: "));
    }
}
