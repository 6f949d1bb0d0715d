//! Reading: the chains in ranges, each range with a handful of statements, everything of a chain side by side.

use std::collections::HashMap;

use earnest_hire::ledger::Side;

use super::case::{Booked, Case, LineRow, Table};
use super::finding::{Finding, Found};
use crate::Error;
use crate::chain::{EntryRow, EventRow};
use crate::db::{Fields, Sheet, Sql, View};

statements! {
    WEIGHTS = "SELECT id, weight FROM (SELECT id, length AS weight FROM chain \
               UNION ALL SELECT expert, COUNT(*) FROM earning GROUP BY expert) AS weights ORDER BY id";
    LAST = "SELECT MAX(last) FROM (SELECT MAX(id) AS last FROM chain UNION ALL SELECT MAX(chain) FROM event \
            UNION ALL SELECT MAX(chain) FROM entry UNION ALL SELECT MAX(id) FROM contract UNION ALL SELECT MAX(id) FROM party \
            UNION ALL SELECT MAX(contract) FROM milestone UNION ALL SELECT MAX(contract) FROM payment \
            UNION ALL SELECT MAX(contract) FROM refund UNION ALL SELECT MAX(contract) FROM earning UNION ALL SELECT MAX(expert) FROM earning \
            UNION ALL SELECT MAX(payee) FROM payout UNION ALL SELECT MAX('bank:' || bank) FROM receipt UNION ALL SELECT MAX(chain) FROM timer UNION ALL SELECT MAX(chain) FROM job) AS lasts";
    CHAINS = "SELECT id, length, head FROM chain WHERE id > $1 AND id <= $2";
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
    EARNED = "SELECT expert, id, amount, clears_at, cleared_at FROM earning WHERE expert > $1 AND expert <= $2";
    PAYOUTS = "SELECT id, payee FROM payout WHERE payee > $1 AND payee <= $2";
    RECEIPTS = "SELECT 'bank:' || bank, id, bank, external_id, at, amount, currency, text, counterparty, state, payment \
                FROM receipt WHERE 'bank:' || bank > $1 AND 'bank:' || bank <= $2";
    TIMERS = "SELECT id, kind, subject, chain, entry_no, due_at FROM timer WHERE chain > $1 AND chain <= $2";
    JOBS = "SELECT id, event_id, kind, chain, subject, payload FROM job WHERE chain > $1 AND chain <= $2";
}

/// About so many items are read at once: few enough that all of it stays close to the processor.
const TOGETHER: i64 = 1_500;

/// After the first id, up to and with the second.
#[derive(Debug)]
pub(super) struct Range(String, String);

/// The rows of the chains of one range. Its memory is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Batch {
    chains: Sheet,
    events: Sheet,
    entries: Sheet,
    lines: Sheet,
    earned: Sheet,
    /// By [`Table`].
    tables: [Sheet; Table::ALL.len()],
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

/// Ranges that leave nothing out: the last ends with the greatest id that any table has. How long a chain says it is
/// decides only how much is read at once.
pub(super) async fn ranges(view: &mut View) -> Result<Vec<Range>, Error> {
    let (mut ranges, mut from, mut together) = (Vec::new(), String::new(), 0_i64);
    view.each(WEIGHTS, &mut |row| {
        // A name that is no text is in no range; it is found by counting.
        let (Ok(chain), Ok(items)) = (row.read::<&str>(0), row.read::<i64>(1)) else {
            return;
        };
        together += items.clamp(0, TOGETHER);
        if together >= TOGETHER && chain != from {
            ranges.push(Range(
                std::mem::replace(&mut from, chain.to_owned()),
                chain.to_owned(),
            ));
            together = 0;
        }
    })
    .await?;
    let mut row = view.one(LAST, args![]).await?;
    if let Ok(Some(last)) = row.next::<Option<String>>()
        && last != from
    {
        ranges.push(Range(from, last));
    }
    Ok(ranges)
}

/// Everything of the chains in a range.
pub(super) async fn read(view: &mut View, range: &Range, batch: &mut Batch) -> Result<(), Error> {
    history(view, range, batch).await?;
    let args = range.args();
    for (table, sheet) in Table::ALL.into_iter().zip(&mut batch.tables) {
        view.fill_sheet(of(table), &args, sheet).await?;
    }
    view.fill_sheet(EARNED, &args, &mut batch.earned).await
}

/// Events and entries with their lines of the chains in a range.
pub(super) async fn history(view: &mut View, range: &Range, batch: &mut Batch) -> Result<(), Error> {
    let args = range.args();
    view.fill_sheet(CHAINS, &args, &mut batch.chains).await?;
    view.fill_sheet(EVENTS, &args, &mut batch.events).await?;
    view.fill_sheet(ENTRIES, &args, &mut batch.entries).await?;
    view.fill_sheet(LINES, &args, &mut batch.lines).await
}

impl Range {
    fn args(&self) -> [crate::db::Val; 2] {
        [self.0.as_str().into(), self.1.as_str().into()]
    }
}

impl Batch {
    /// Its rows, chain by chain.
    pub(super) fn cases(&self, found: &mut Found) -> Vec<Case<'_>> {
        let mut cases = Cases {
            all: Vec::with_capacity(self.chains.len()),
            ..Cases::default()
        };
        for row in self.chains.rows() {
            let case = cases.named(row.text(0));
            let read = || Ok::<_, String>((row.read(1)?, row.read(2)?));
            match read() {
                Ok(head) => case.head = Some(head),
                Err(why) => case.unreadable("chain", case.id, &why),
            }
        }
        for row in self.events.rows() {
            let case = cases.named(row.text(0));
            match event(row) {
                Ok(event) => case.events.push(event),
                Err(why) => case.unreadable("event", row.text(1), &why),
            }
        }
        self.entries(&mut cases, found);
        for ((table, sheet), place) in Table::ALL.into_iter().zip(&self.tables).zip(0..) {
            found.met.count(table, sheet.len());
            for row in sheet.rows() {
                // The rows of these do not say whose they are, so that it comes with them.
                let (chain, row) = if matches!(table, Table::Lot | Table::Receipt) {
                    (row.text(0), row.from(1))
                } else {
                    (row.text(table.chain()), row)
                };
                if let Some(rows) = cases.named(chain).tables.get_mut(place) {
                    rows.push(row);
                }
            }
        }
        for row in self.earned.rows() {
            cases.named(row.text(0)).earned.push(row.from(1));
        }
        cases.all
    }

    fn entries<'a>(&'a self, cases: &mut Cases<'a>, found: &mut Found) {
        found.checked.entries += count(&self.entries);
        found.checked.lines += count(&self.lines);
        let mut lines = lines(&self.lines);
        for row in self.entries.rows() {
            let (case, id) = (cases.named(row.text(0)), row.text(1));
            match (entry(row), lines.remove(id).unwrap_or(Ok(Vec::new()))) {
                (Ok(row), Ok(mut lines)) => {
                    lines.sort_by_key(|line| line.no);
                    case.entries.push(Booked { row, lines });
                }
                (Err(why), _) => case.unreadable("entry", id, &why),
                (Ok(_), Err((no, why))) => case.unreadable("line", &format!("{id} {no}"), &why),
            }
        }
        for case in &mut cases.all {
            case.entries.sort_by_key(|one| std::cmp::Reverse(one.row.no));
        }
    }
}

fn count(sheet: &Sheet) -> u64 {
    u64::try_from(sheet.len()).unwrap_or(u64::MAX)
}

/// Lines of an entry, or the place of the first that cannot be read and why.
type Lines<'a> = Result<Vec<LineRow<'a>>, (String, String)>;

/// By entry. Lines of one entry mostly come together, so that it is looked up once.
fn lines(sheet: &Sheet) -> HashMap<&str, Lines<'_>> {
    let mut all: HashMap<&str, Lines<'_>> = HashMap::new();
    let (mut entry, mut lines) = ("", Ok(Vec::new()));
    for row in sheet.rows() {
        if row.text(0) != entry {
            let next = all.remove(row.text(0)).unwrap_or(Ok(Vec::new()));
            all.insert(entry, std::mem::replace(&mut lines, next));
            entry = row.text(0);
        }
        match (&mut lines, line(row)) {
            (Ok(lines), Ok(line)) => lines.push(line),
            (Ok(_), Err(why)) => {
                let no = row.number(1).map_or("?".to_owned(), |no| no.to_string());
                lines = Err((no, why));
            }
            (Err(_), _) => {}
        }
    }
    all.insert(entry, lines);
    all
}

fn event(row: Fields<'_>) -> Result<EventRow<&str>, String> {
    Ok(EventRow {
        chain: row.text(0),
        id: row.text(1),
        no: row.read(2)?,
        at: row.read(3)?,
        kind: row.read(4)?,
        actor: row.read(5)?,
        command: row.read(6)?,
        input: row.read(7)?,
        version: row.read(8)?,
        moved: row.read(9)?,
        body_sha256: row.read(10)?,
        prev: row.read(11)?,
        hash: row.read(12)?,
    })
}

fn entry(row: Fields<'_>) -> Result<EntryRow<&str>, String> {
    Ok(EntryRow {
        chain: row.text(0),
        id: row.text(1),
        transition_id: row.read(2)?,
        kind: row.read(3)?,
        idem: row.read(4)?,
        at: row.read(5)?,
        no: row.read(6)?,
        prev: row.read(7)?,
        hash: row.read(8)?,
    })
}

fn line(row: Fields<'_>) -> Result<LineRow<'_>, String> {
    let no = row.read(1)?;
    let account = row.read(2)?;
    let side = match row.read(3)? {
        0_i64 => Side::Debit,
        1 => Side::Credit,
        _ => return Err("its side is neither debit nor credit".to_owned()),
    };
    Ok(LineRow {
        no,
        account,
        side,
        amount: row.read(4)?,
        external_id: row.read(5)?,
    })
}

/// The chains of a range in the making.
#[derive(Debug, Default)]
struct Cases<'a> {
    all: Vec<Case<'a>>,
    places: HashMap<&'a str, usize>,
    /// Rows of one chain mostly come together.
    last: usize,
}

impl<'a> Cases<'a> {
    #[expect(clippy::indexing_slicing, reason = "the place was just looked up or made")]
    fn named(&mut self, chain: &'a str) -> &mut Case<'a> {
        if self.all.get(self.last).is_none_or(|case| case.id != chain) {
            self.last = self.places.get(chain).copied().unwrap_or(self.all.len());
        }
        if self.last == self.all.len() {
            self.places.insert(chain, self.last);
            self.all.push(Case {
                id: chain,
                ..Case::default()
            });
        }
        &mut self.all[self.last]
    }
}

impl Case<'_> {
    fn unreadable(&mut self, table: &'static str, id: &str, why: &str) {
        let finding: Finding = self.finding("I17", table, id, format!("cannot be read: {why}"));
        self.unreadable.push(finding);
    }
}
