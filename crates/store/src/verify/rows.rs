//! Reading: the chains in ranges, each range with a handful of statements, everything of a chain side by side.

use std::collections::HashMap;

use earnest_hire::ledger::Side;

use super::case::{Booked, Case, LineRow, Table};
use super::finding::{Finding, Found};
use crate::Error;
use crate::chain::{EntryRow, EventRow};
use crate::db::{Row, Sql, View};

statements! {
    LENGTHS = "SELECT chain, COUNT(*) FROM event GROUP BY chain ORDER BY chain";
    LAST = "SELECT MAX(last) FROM (SELECT MAX(id) AS last FROM chain UNION ALL SELECT MAX(chain) FROM event \
            UNION ALL SELECT MAX(chain) FROM entry UNION ALL SELECT MAX(id) FROM contract UNION ALL SELECT MAX(id) FROM party \
            UNION ALL SELECT MAX(contract) FROM milestone UNION ALL SELECT MAX(contract) FROM payment \
            UNION ALL SELECT MAX(contract) FROM refund UNION ALL SELECT MAX(contract) FROM earning \
            UNION ALL SELECT MAX(payee) FROM payout UNION ALL SELECT MAX('bank:' || bank) FROM receipt UNION ALL SELECT MAX(chain) FROM timer) AS lasts";
    CHAINS = "SELECT id, id, length, head FROM chain WHERE id > $1 AND id <= $2";
    EVENTS = "SELECT chain, id, no, at, kind, actor, command, input, version, moved, body_sha256, prev, hash FROM event \
              WHERE chain > $1 AND chain <= $2 ORDER BY chain, no";
    ENTRIES = "SELECT chain, id, transition_id, kind, idem, at, no, prev, hash FROM entry WHERE chain > $1 AND chain <= $2";
    LINES = "SELECT line.entry_id, line.no, line.account_id, CASE line.side WHEN 'debit' THEN 0 WHEN 'credit' THEN 1 ELSE 2 END, \
             line.amount, line.external_id FROM entry \
             JOIN line ON line.entry_id = entry.id WHERE entry.chain > $1 AND entry.chain <= $2";
    CONTRACTS = "SELECT id, version, standing, process, client, expert, currency, body FROM contract \
                 WHERE id > $1 AND id <= $2";
    PARTIES = "SELECT id, version, body FROM party WHERE id > $1 AND id <= $2 AND (version <> 0 OR body IS NOT NULL)";
    MILESTONES = "SELECT id, contract, client, state, entry_no, price, open FROM milestone \
                  WHERE contract > $1 AND contract <= $2";
    LOTS = "SELECT milestone.contract, lot.id, lot.milestone, lot.payment, lot.price, lot.released, lot.refunded, \
            lot.withheld, lot.fee, lot.fee_earned, lot.fee_returned, lot.fee_withheld, lot.expert_fee_earned \
            FROM milestone JOIN lot ON lot.milestone = milestone.id WHERE milestone.contract > $1 AND milestone.contract <= $2";
    PAYMENTS = "SELECT id, contract, milestone, provider, state, asked, received, in_funds FROM payment \
                WHERE contract > $1 AND contract <= $2";
    REFUNDS = "SELECT id, contract, payment, amount, state FROM refund WHERE contract > $1 AND contract <= $2";
    EARNINGS = "SELECT id, expert, contract, milestone, currency, amount, clears_at, cleared_at FROM earning \
                WHERE contract > $1 AND contract <= $2";
    PAYOUTS = "SELECT id, payee FROM payout WHERE payee > $1 AND payee <= $2";
    RECEIPTS = "SELECT 'bank:' || bank, id, bank, external_id, at, amount, currency, text, counterparty, state, payment \
                FROM receipt WHERE 'bank:' || bank > $1 AND 'bank:' || bank <= $2";
    TIMERS = "SELECT id, kind, subject, chain, entry_no, due_at FROM timer WHERE chain > $1 AND chain <= $2";
    JOBS = "SELECT job.id, job.event_id, job.kind, job.chain, job.subject, job.payload FROM event \
            JOIN job ON job.event_id = event.id WHERE event.chain > $1 AND event.chain <= $2";
}

/// About so many events are read at once.
const TOGETHER: i64 = 4_000;

/// After the first id, up to and with the second.
#[derive(Debug)]
pub(super) struct Range(String, String);

/// The chains of one range.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) cases: Vec<Case>,
    places: HashMap<String, usize>,
    /// Rows of one chain mostly come together.
    last: usize,
}

fn of(table: Table) -> Sql {
    match table {
        Table::Contract => CONTRACTS,
        Table::Party => PARTIES,
        Table::Milestone => MILESTONES,
        Table::Lot => LOTS,
        Table::Payment => PAYMENTS,
        Table::Refund => REFUNDS,
        Table::Earning => EARNINGS,
        Table::Payout => PAYOUTS,
        Table::Receipt => RECEIPTS,
        Table::Timer => TIMERS,
        Table::Job => JOBS,
    }
}

/// Ranges that leave nothing out: the last ends with the greatest id that any table has.
pub(super) async fn ranges(view: &mut View) -> Result<Vec<Range>, Error> {
    let (mut ranges, mut from, mut together) = (Vec::new(), String::new(), 0_i64);
    for mut row in view.all(LENGTHS, args![]).await? {
        // A name that is no text is in no range; it is found by counting.
        let (Ok(chain), Ok(events)) = (row.next::<String>(), row.next::<i64>()) else {
            continue;
        };
        together += events;
        if together >= TOGETHER {
            ranges.push(Range(std::mem::replace(&mut from, chain.clone()), chain));
            together = 0;
        }
    }
    let mut row = view.one(LAST, args![]).await?;
    if let Ok(Some(last)) = row.next::<Option<String>>()
        && last != from
    {
        ranges.push(Range(from, last));
    }
    Ok(ranges)
}

/// Everything of the chains in a range.
pub(super) async fn read(view: &mut View, range: &Range, found: &mut Found) -> Result<Batch, Error> {
    let mut batch = history(view, range, found).await?;
    for (place, table) in Table::ALL.into_iter().enumerate() {
        for row in view.all(of(table), &range.args()).await? {
            let mut columns = row.into_columns();
            // The rows of these do not say whose they are, so that it comes with them.
            let with_it = matches!(table, Table::Lot | Table::Receipt).then(|| columns.remove(0));
            let chain = with_it.as_ref().or_else(|| columns.get(table.chain()));
            let case = batch.named(super::case::text(chain));
            if let Some(rows) = case.tables.get_mut(place) {
                rows.push(columns);
            }
        }
    }
    Ok(batch)
}

/// Events and entries with their lines of the chains in a range.
pub(super) async fn history(view: &mut View, range: &Range, found: &mut Found) -> Result<Batch, Error> {
    let mut batch = Batch::default();
    for mut row in view.all(CHAINS, &range.args()).await? {
        let (case, id) = batch.case(&mut row);
        let mut read = || Ok::<_, String>((row.next()?, row.next()?));
        match read() {
            Ok(head) => case.head = Some(head),
            Err(why) => case.unreadable("chain", &id, &why),
        }
    }
    for mut row in view.all(EVENTS, &range.args()).await? {
        let (chain, id) = (named(&mut row), named(&mut row));
        match event(&mut row, &chain, &id) {
            Ok(event) => batch.named(&chain).events.push(event),
            Err(why) => batch.named(&chain).unreadable("event", &id, &why),
        }
    }
    let mut lines = lines(view, range, found).await?;
    for mut row in view.all(ENTRIES, &range.args()).await? {
        let (case, id) = batch.case(&mut row);
        found.checked.entries += 1;
        let lines = lines.remove(&id).unwrap_or(Ok(Vec::new()));
        match (entry(&mut row, &case.id, &id), lines) {
            (Ok(row), Ok(mut lines)) => {
                lines.sort_by_key(|line| line.no);
                case.entries.push(Booked { row, lines });
            }
            (Err(why), _) => case.unreadable("entry", &id, &why),
            (Ok(_), Err((no, why))) => case.unreadable("line", &format!("{id} {no}"), &why),
        }
    }
    Ok(batch)
}

/// Lines of an entry, or the place of the first that cannot be read and why.
type Lines = Result<Vec<LineRow>, (String, String)>;

async fn lines(view: &mut View, range: &Range, found: &mut Found) -> Result<HashMap<String, Lines>, Error> {
    let mut all: HashMap<String, Lines> = HashMap::new();
    for mut row in view.all(LINES, &range.args()).await? {
        found.checked.lines += 1;
        let entry = named(&mut row);
        let no = row.next::<i64>();
        let place = no.as_ref().ok().copied();
        let line = no.and_then(|no| line(&mut row, no));
        let lines = all.entry(entry).or_insert_with(|| Ok(Vec::new()));
        match (lines.as_mut(), line) {
            (Ok(lines), Ok(line)) => lines.push(line),
            (Ok(_), Err(why)) => *lines = Err((place.map_or("?".to_owned(), |no| no.to_string()), why)),
            (Err(_), _) => {}
        }
    }
    Ok(all)
}

/// A name, or what stands for one that cannot be read.
fn named(row: &mut Row) -> String {
    row.next().unwrap_or_else(|_| "?".to_owned())
}

fn event(row: &mut Row, chain: &str, id: &str) -> Result<EventRow, String> {
    Ok(EventRow {
        id: id.to_owned(),
        chain: chain.to_owned(),
        no: row.next()?,
        at: row.next()?,
        kind: row.next()?,
        actor: row.next()?,
        command: row.next()?,
        input: row.next()?,
        version: row.next()?,
        moved: row.next()?,
        body_sha256: row.next()?,
        prev: row.next()?,
        hash: row.next()?,
    })
}

fn entry(row: &mut Row, chain: &str, id: &str) -> Result<EntryRow, String> {
    Ok(EntryRow {
        id: id.to_owned(),
        transition_id: row.next()?,
        kind: row.next()?,
        idem: row.next()?,
        at: row.next()?,
        chain: chain.to_owned(),
        no: row.next()?,
        prev: row.next()?,
        hash: row.next()?,
    })
}

fn line(row: &mut Row, no: i64) -> Result<LineRow, String> {
    let account = row.next()?;
    let side = match row.next()? {
        0_i64 => Side::Debit,
        1 => Side::Credit,
        _ => return Err("its side is neither debit nor credit".to_owned()),
    };
    Ok(LineRow {
        no,
        account,
        side,
        amount: row.next()?,
        external_id: row.next()?,
    })
}

impl Range {
    fn args(&self) -> [crate::db::Val; 2] {
        [self.0.as_str().into(), self.1.as_str().into()]
    }
}

impl Batch {
    /// The case of a row that begins with its chain and its id.
    fn case(&mut self, row: &mut Row) -> (&mut Case, String) {
        let (chain, id) = (named(row), named(row));
        (self.named(&chain), id)
    }

    #[expect(clippy::indexing_slicing, reason = "the place was just looked up or made")]
    fn named(&mut self, chain: &str) -> &mut Case {
        if self.cases.get(self.last).is_none_or(|case| case.id != chain) {
            self.last = self.places.get(chain).copied().unwrap_or(self.cases.len());
        }
        if self.last == self.cases.len() {
            self.places.insert(chain.to_owned(), self.last);
            self.cases.push(Case {
                id: chain.to_owned(),
                ..Case::default()
            });
        }
        &mut self.cases[self.last]
    }
}

impl Case {
    fn unreadable(&mut self, table: &'static str, id: &str, why: &str) {
        let finding: Finding = self.finding("I17", table, id, format!("cannot be read: {why}"));
        self.unreadable.push(finding);
    }
}
