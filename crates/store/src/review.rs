//! What people say of each other after a contract.

use earnest_hire::contract::By;
use earnest_hire::ids::{ContractId, PersonId};
use earnest_hire::review::{Rating, Review};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

statements! {
    INSERT = "INSERT INTO review (contract, author, about, ended_at, at, rating, text) VALUES ($1, $2, $3, $4, $5, $6, $7) \
              ON CONFLICT DO NOTHING";
    UNTOLD_UNTIL = "UPDATE review SET untold = $3 WHERE contract = $1 AND author = $2";
    TOLD = "UPDATE review SET untold = NULL WHERE contract = $1 AND untold IS NOT NULL";
    UNTOLD = "SELECT DISTINCT contract FROM review WHERE untold IS NOT NULL AND untold < $1 ORDER BY contract LIMIT $2";
    REPLY = "UPDATE review SET reply = $3, replied_at = $4 WHERE contract = $1 AND author = $2 AND reply IS NULL";
    OF_CONTRACT = "SELECT review.contract, review.author, person.name, review.about, review.ended_at, review.at, review.rating, \
                   review.text, review.reply, review.replied_at FROM review JOIN person ON person.id = review.author \
                   WHERE review.contract = $1 ORDER BY review.at, review.author";
    ABOUT = "SELECT review.contract, review.author, person.name, review.about, review.ended_at, review.at, review.rating, \
             review.text, review.reply, review.replied_at, \
             (SELECT COUNT(*) FROM review twin WHERE twin.contract = review.contract) \
             FROM review JOIN person ON person.id = review.author JOIN contract ON contract.id = review.contract \
             WHERE review.about = $1 AND CASE CAST($2 AS TEXT) WHEN 'client' THEN contract.client ELSE contract.expert END = review.about \
             ORDER BY review.at DESC, review.contract LIMIT $3";
    REFUNDED = "SELECT COUNT(*) FROM contract WHERE contract.expert = $1 AND EXISTS (SELECT 1 FROM milestone \
                WHERE milestone.contract = contract.id AND milestone.state IN ('refunded', 'split'))";
    ENDED = "SELECT MAX(at) FROM event WHERE chain = $1 AND moved <> '[]'";
}

/// A review as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// Of which contract.
    pub contract: ContractId,
    /// Who wrote it.
    pub author: PersonId,
    /// What they are called.
    pub author_name: String,
    /// Whom it is about.
    pub about: PersonId,
    /// When the contract had ended.
    pub ended_at: Timestamp,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub review: Review,
    /// What whoever it is about has replied, and when.
    pub reply: Option<(String, Timestamp)>,
}

impl Tx {
    /// Keeps a review, unless its author has one of this contract; says whether it was kept. The author's name is not.
    pub async fn insert_review(&mut self, row: &ReviewRow) -> Result<bool, Error> {
        let args = args![
            row.contract.to_string(),
            row.author.to_string(),
            row.about.to_string(),
            row.ended_at.as_microsecond(),
            row.at.as_microsecond(),
            i64::from(u8::from(row.review.rating)),
            row.review.text.as_str()
        ];
        Ok(self.exec(INSERT, args).await? == 1)
    }

    /// Notes until when a review waits for the other one before anybody is told of it.
    pub async fn tell_review_after(
        &mut self,
        contract: ContractId,
        author: PersonId,
        until: Timestamp,
    ) -> Result<(), Error> {
        let args = args![contract.to_string(), author.to_string(), until.as_microsecond()];
        self.exec(UNTOLD_UNTIL, args).await?;
        Ok(())
    }

    /// Whoever the reviews of a contract are about is told of them now; says whether that had still to be done.
    pub async fn reviews_told(&mut self, contract: ContractId) -> Result<bool, Error> {
        Ok(self.exec(TOLD, args![contract.to_string()]).await? > 0)
    }

    /// Keeps a reply to somebody's review, unless there is one; says whether it was kept.
    pub async fn reply_to_review(
        &mut self,
        contract: ContractId,
        author: PersonId,
        reply: &str,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let args = args![
            contract.to_string(),
            author.to_string(),
            reply,
            at.as_microsecond()
        ];
        Ok(self.exec(REPLY, args).await? == 1)
    }
}

impl View {
    /// The reviews of one contract, the first first.
    pub async fn reviews_of(&mut self, contract: ContractId) -> Result<Vec<ReviewRow>, Error> {
        let rows = self.all(OF_CONTRACT, args![contract.to_string()]).await?;
        rows.into_iter().map(|mut row| review(&mut row)).collect()
    }

    /// Contracts with reviews that nobody was told of although the other one can no longer come.
    pub async fn untold_reviews(&mut self, now: Timestamp, limit: u16) -> Result<Vec<ContractId>, Error> {
        let rows = self
            .all(UNTOLD, args![now.as_microsecond(), i64::from(limit)])
            .await?;
        rows.into_iter()
            .map(|mut row| row.parse().map_err(|why| corrupt("review", "?", why)))
            .collect()
    }

    /// The reviews of one person on one side of contracts, the last first, each with how many its contract has.
    pub async fn reviews_about(
        &mut self,
        (person, side): (PersonId, By),
        limit: u16,
    ) -> Result<Vec<(ReviewRow, i64)>, Error> {
        let rows = self
            .all(
                ABOUT,
                args![person.to_string(), side.to_string(), i64::from(limit)],
            )
            .await?;
        let read = |mut row: Row| {
            let read = review(&mut row)?;
            let count = row.next();
            let count = count.map_err(|why| corrupt("review", &read.contract.to_string(), why))?;
            Ok((read, count))
        };
        rows.into_iter().map(read).collect()
    }

    /// In how many contracts of an expert money went back to the client.
    pub async fn refunded_contracts(&mut self, expert: PersonId) -> Result<i64, Error> {
        let mut row = self.one(REFUNDED, args![expert.to_string()]).await?;
        row.next().map_err(|why| corrupt("contract", "?", why))
    }

    /// When something last moved in a contract: of one that has ended, its end.
    pub async fn last_moved(&mut self, contract: ContractId) -> Result<Option<Timestamp>, Error> {
        let id = contract.to_string();
        let mut row = self.one(ENDED, args![id.as_str()]).await?;
        let at: Option<i64> = row.next().map_err(|why| corrupt("event", &id, why))?;
        at.map(|at| moment(at).map_err(|why| corrupt("event", &id, why)))
            .transpose()
    }
}

fn review(row: &mut Row) -> Result<ReviewRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<ReviewRow, String> {
        Ok(ReviewRow {
            contract: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            author: row.parse()?,
            author_name: row.next()?,
            about: row.parse()?,
            ended_at: moment(row.next()?)?,
            at: moment(row.next()?)?,
            review: Review {
                rating: rating(row.next()?)?,
                text: row.next()?,
            },
            reply: row
                .next::<Option<String>>()?
                .zip(row.next::<Option<i64>>()?.map(moment).transpose()?),
        })
    };
    read().map_err(|why| corrupt("review", &id, why))
}

fn rating(number: i64) -> Result<Rating, String> {
    let number = u8::try_from(number).map_err(|error| error.to_string())?;
    Rating::try_from(number).map_err(|error| error.to_string())
}
