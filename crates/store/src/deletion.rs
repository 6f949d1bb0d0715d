//! People who go: what stands in the way, and what is emptied when they are gone. The books, the histories of contracts and
//! what belongs to the other side of a contract stay as they are; they name a person by an id alone.

use earnest_hire::expert::{Expert, Profile, Standing};
use earnest_hire::ids::PersonId;
use earnest_hire::person::{Email, Person};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Sql, Statement, Tx, View};

/// Of a request: no contract came of it.
macro_rules! no_contract {
    ($request:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM request_progress WHERE request_progress.request = ",
            $request,
            " AND request_progress.contract IS NOT NULL)"
        )
    };
}

/// Of a conversation: no contract came of any proposal in it.
macro_rules! no_agreement {
    () => {
        "NOT EXISTS (SELECT 1 FROM proposal WHERE proposal.conversation = conversation.id AND proposal.contract IS NOT NULL)"
    };
}

/// Of a file of this person: it is part of no contract, and of no request or conversation that one came of.
macro_rules! lone_file {
    () => {
        concat!(
            "file.person = $1 AND file.milestone IS NULL AND (file.request IS NULL OR ",
            no_contract!("file.request"),
            ") AND (file.message IS NULL OR file.message IN (SELECT message.id FROM message JOIN conversation \
             ON conversation.id = message.conversation WHERE ",
            no_agreement!(),
            "))"
        )
    };
}

statements! {
    ONE = "SELECT person, asked_at, due_at, done_at FROM deletion WHERE person = $1";
    ASK = "INSERT INTO deletion (person, asked_at, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    CANCEL = "DELETE FROM deletion WHERE person = $1 AND done_at IS NULL";
    DUE = "SELECT person, asked_at, due_at, done_at FROM deletion WHERE done_at IS NULL AND due_at <= $1 ORDER BY due_at, person LIMIT $2";
    PUT_OFF = "UPDATE deletion SET due_at = $2 WHERE person = $1 AND done_at IS NULL";
    END = "UPDATE deletion SET done_at = $2 WHERE person = $1 AND done_at IS NULL";
    CONTRACTS = "SELECT COUNT(*) FROM contract WHERE (client = $1 OR expert = $1) \
                 AND standing NOT IN ('ended', 'declined', 'withdrawn', 'expired')";
    DISPUTES = "SELECT COUNT(*) FROM milestone JOIN contract ON contract.id = milestone.contract \
                WHERE (contract.client = $1 OR contract.expert = $1) AND milestone.state = 'disputed'";
    MONEY = "SELECT COUNT(*) FROM account JOIN balance ON balance.account_id = account.id \
             WHERE balance.debit <> balance.credit AND account.code IN ( \
             SELECT 'A:receivable:' || id FROM person WHERE id = $1 \
             UNION ALL SELECT 'L:client_funds:' || id FROM person WHERE id = $1 \
             UNION ALL SELECT 'L:expert_pending:' || id FROM person WHERE id = $1 \
             UNION ALL SELECT 'L:expert_payable:' || id FROM person WHERE id = $1 \
             UNION ALL SELECT 'L:payout_transit:' || payout.id FROM payout WHERE payee = $1 \
             UNION ALL SELECT 'L:refund_transit:' || refund.id FROM refund JOIN contract ON contract.id = refund.contract \
             WHERE contract.client = $1 OR contract.expert = $1 \
             UNION ALL SELECT 'L:escrow:' || milestone.id FROM milestone JOIN contract ON contract.id = milestone.contract \
             WHERE contract.client = $1 OR contract.expert = $1 \
             UNION ALL SELECT 'L:fee_hold:' || milestone.id FROM milestone JOIN contract ON contract.id = milestone.contract \
             WHERE contract.client = $1 OR contract.expert = $1 \
             UNION ALL SELECT 'L:dispute_hold:' || milestone.id FROM milestone JOIN contract ON contract.id = milestone.contract \
             WHERE contract.client = $1 OR contract.expert = $1)";
    REQUESTS = "SELECT COUNT(*) FROM request_progress WHERE client = $1 AND stage NOT IN ('filled', 'expired', 'canceled')";
    PROPOSALS = "SELECT COUNT(*) FROM proposal WHERE expert = $1 AND stage NOT IN ('accepted', 'declined', 'withdrawn', 'expired')";

    EMPTY_PERSON = "UPDATE person SET name = $2, email = $3, roles = '' WHERE id = $1";
    DROP_SIGN_UPS = "DELETE FROM sign_up WHERE token_sha256 IN (SELECT token_sha256 FROM sign_in_link WHERE email = $1)";
    DROP_LINKS = "DELETE FROM sign_in_link WHERE email = $1";
    DROP_SESSIONS = "DELETE FROM session WHERE person = $1";
    DROP_CODES = "DELETE FROM recovery_code WHERE person = $1";
    DROP_FACTOR = "DELETE FROM second_factor WHERE person = $1";
    DROP_PASSWORD = "DELETE FROM password WHERE person = $1";
    DROP_CHOICES = "DELETE FROM notice_choice WHERE person = $1";
    DROP_DELIVERIES = "DELETE FROM webhook_delivery WHERE webhook IN (SELECT id FROM webhook WHERE person = $1)";
    DROP_WEBHOOKS = "DELETE FROM webhook WHERE person = $1";
    DROP_ANSWERS = "DELETE FROM api_answer WHERE SUBSTR(scope, 1, LENGTH(CAST($1 AS TEXT))) = $1";
    EMPTY_VETTINGS = "UPDATE vetting SET reasons = NULL WHERE person = $1";
    DROP_ADVICE = "DELETE FROM advice WHERE expert = $1";
    EMPTY_INVITATIONS = "UPDATE invitation SET reason = NULL WHERE client = $1 OR expert = $1";
    DROP_LETTERS = "DELETE FROM mail WHERE LOWER(recipient) = $1";
    EMPTY_LETTERS = "UPDATE mail SET subject = '', body = '' WHERE state = 'sent' AND recipient IN ( \
                     SELECT email FROM person WHERE id IN (SELECT client FROM conversation WHERE expert = $1 \
                     UNION ALL SELECT expert FROM conversation WHERE client = $1 \
                     UNION ALL SELECT client FROM contract WHERE expert = $1 UNION ALL SELECT expert FROM contract WHERE client = $1))";

    REQUESTS_OF = "SELECT id FROM request WHERE LOWER(email) = $1 OR id IN (SELECT request FROM request_progress WHERE client = $2)";
    EMPTY_REQUEST = "UPDATE request SET name = $2, email = $3, token_sha256 = $4 WHERE id = $1";
    FORGET_REQUEST = concat!("UPDATE request SET summary = $2, details = NULL, place = NULL, wishes = NULL WHERE id = $1 AND ", no_contract!("request.id"));
    FORGET_ITEMS = "UPDATE request_progress SET acceptance = '[]' WHERE request = $1 AND contract IS NULL";
    FORGET_MESSAGES = concat!("UPDATE message SET text = $2 WHERE author = $1 AND conversation IN \
                               (SELECT conversation.id FROM conversation WHERE ", no_agreement!(), ")");
    FORGET_CALLS = concat!("DELETE FROM call WHERE conversation IN (SELECT conversation.id FROM conversation \
                            WHERE (client = $1 OR expert = $1) AND ", no_agreement!(), ")");
    FORGET_PROPOSALS = "DELETE FROM proposal WHERE expert = $1 AND contract IS NULL";
    FORGET_PIECES = concat!("DELETE FROM file_chunk WHERE file IN (SELECT file.id FROM file WHERE ", lone_file!(), ")");
    FORGET_FILES = concat!("DELETE FROM file WHERE ", lone_file!());
}

/// What somebody is called who is gone.
pub const GONE: &str = "Deleted person";
/// What stands in the place of what they wrote to somebody with whom no contract came about.
pub const GONE_TEXT: &str = "(deleted with the account of whoever wrote it)";
/// What stands in the place of a request that no contract came of.
pub const GONE_REQUEST: &str = "A deleted request";

/// Somebody who wants to go, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeletionRow {
    /// Who.
    pub person: PersonId,
    /// When they said so.
    pub asked_at: Timestamp,
    /// From when on it is done.
    pub due_at: Timestamp,
    /// When it was done.
    pub done_at: Option<Timestamp>,
}

/// What is not finished; all nothing where somebody may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unfinished {
    /// Contracts that have not ended.
    pub contracts: i64,
    /// Milestones that are disputed.
    pub disputes: i64,
    /// Accounts of the books, of the person or their contracts, with money on them.
    pub accounts: i64,
    /// Requests that are not over.
    pub requests: i64,
    /// Proposals that are not over.
    pub proposals: i64,
}

impl View {
    /// Whether somebody wants to go, or is gone.
    pub async fn deletion(&mut self, person: PersonId) -> Result<Option<DeletionRow>, Error> {
        let row = self.maybe(ONE, args![person.to_string()]).await?;
        row.map(read).transpose()
    }

    /// Those whose time has come, the first first.
    pub async fn due_deletions(&mut self, now: Timestamp, limit: u16) -> Result<Vec<DeletionRow>, Error> {
        let args = args![now.as_microsecond(), i64::from(limit)];
        self.all(DUE, args).await?.into_iter().map(read).collect()
    }

    /// What of a person's is not finished.
    pub async fn unfinished(&mut self, person: PersonId) -> Result<Unfinished, Error> {
        let id = person.to_string();
        let of = |sql: Sql| (sql, args![id.as_str()].to_vec());
        let asked = [CONTRACTS, DISPUTES, MONEY, REQUESTS, PROPOSALS].map(of);
        let mut counts = Vec::new();
        for mut row in self.all_each(&asked).await?.into_iter().flatten() {
            counts.push(row.next().map_err(|why| corrupt("person", &id, why))?);
        }
        match counts.as_slice() {
            &[contracts, disputes, accounts, requests, proposals] => Ok(Unfinished {
                contracts,
                disputes,
                accounts,
                requests,
                proposals,
            }),
            other => Err(corrupt("person", &id, format!("{} counts", other.len()))),
        }
    }
}

impl Tx {
    /// Notes that somebody wants to go; false where that was noted before.
    pub async fn ask_deletion(&mut self, row: &DeletionRow) -> Result<bool, Error> {
        let (asked_at, due_at) = (row.asked_at.as_microsecond(), row.due_at.as_microsecond());
        let args = args![row.person.to_string(), asked_at, due_at];
        Ok(self.exec(ASK, args).await? == 1)
    }

    /// They stay after all; false where they did not want to go, or are gone.
    pub async fn cancel_deletion(&mut self, person: PersonId) -> Result<bool, Error> {
        Ok(self.exec(CANCEL, args![person.to_string()]).await? == 1)
    }

    /// Something is in the way; it is tried again from that moment on.
    pub async fn put_off_deletion(&mut self, person: PersonId, until: Timestamp) -> Result<(), Error> {
        let args = args![person.to_string(), until.as_microsecond()];
        self.exec(PUT_OFF, args).await.map(drop)
    }

    /// Empties all that is kept about a person beside the books and what is part of a contract, and ends every way in.
    /// `seed` makes the links to their requests ones that nobody has.
    pub async fn delete_person(
        &mut self,
        person: &Person,
        now: Timestamp,
        seed: [u8; 16],
    ) -> Result<(), Error> {
        let (id, email) = (person.id.to_string(), person.email.as_str());
        let nobody = Email::of_nobody(person.id);
        self.empty_requests((&id, email), &nobody, seed).await?;
        self.empty_profile(person.id, now).await?;
        let of_id = |sql: Sql| (sql, args![id.as_str()].to_vec());
        let of_email = |sql: Sql| (sql, args![email].to_vec());
        let statements: [Statement; 22] = [
            of_email(DROP_SIGN_UPS),
            of_email(DROP_LINKS),
            of_id(DROP_SESSIONS),
            of_id(DROP_CODES),
            of_id(DROP_FACTOR),
            of_id(DROP_PASSWORD),
            of_id(DROP_CHOICES),
            of_id(DROP_DELIVERIES),
            of_id(DROP_WEBHOOKS),
            (DROP_ANSWERS, args![format!("{id} ")].to_vec()),
            of_id(EMPTY_VETTINGS),
            of_id(DROP_ADVICE),
            of_id(EMPTY_INVITATIONS),
            of_email(DROP_LETTERS),
            of_id(EMPTY_LETTERS),
            of_id(FORGET_PIECES),
            of_id(FORGET_FILES),
            (FORGET_MESSAGES, args![id.as_str(), GONE_TEXT].to_vec()),
            of_id(FORGET_CALLS),
            of_id(FORGET_PROPOSALS),
            (EMPTY_PERSON, args![id.as_str(), GONE, nobody.as_str()].to_vec()),
            (END, args![id.as_str(), now.as_microsecond()].to_vec()),
        ];
        self.exec_each(&statements).await.map(drop)
    }

    async fn empty_requests(
        &mut self,
        (person, email): (&str, &str),
        nobody: &Email,
        seed: [u8; 16],
    ) -> Result<(), Error> {
        for mut row in self.all(REQUESTS_OF, args![email, person]).await? {
            let id: String = row.next().map_err(|why| corrupt("request", "?", why))?;
            let mut link = Sha256::new_with_prefix(seed);
            link.update(&id);
            let link: [u8; 32] = link.finalize().into();
            let statements = [
                (
                    EMPTY_REQUEST,
                    args![id.as_str(), GONE, nobody.as_str(), link].to_vec(),
                ),
                (FORGET_REQUEST, args![id.as_str(), GONE_REQUEST].to_vec()),
                (FORGET_ITEMS, args![id.as_str()].to_vec()),
            ];
            self.exec_each(&statements).await?;
        }
        Ok(())
    }

    /// A draft is seen by its owner alone, who is nobody; that it has changed is noticed by whoever has seen it.
    async fn empty_profile(&mut self, person: PersonId, now: Timestamp) -> Result<(), Error> {
        let Some(row) = self.expert(person).await? else {
            return Ok(());
        };
        let seen = row.expert.version;
        let nothing = Expert {
            person,
            standing: Standing::Draft,
            version: seen.saturating_add(1),
            since: now,
            vetted_at: None,
            changed_at: None,
            profile: Profile::nothing(),
        };
        self.update_expert(&nothing, seen).await
    }
}

fn read(mut row: Row) -> Result<DeletionRow, Error> {
    let mut read = || -> Result<DeletionRow, String> {
        let (person, asked_at, due_at): (_, i64, i64) = (row.parse()?, row.next()?, row.next()?);
        let done_at: Option<i64> = row.next()?;
        Ok(DeletionRow {
            person,
            asked_at: moment(asked_at)?,
            due_at: moment(due_at)?,
            done_at: done_at.map(moment).transpose()?,
        })
    };
    read().map_err(|why| corrupt("deletion", "?", why))
}
