//! What no chain alone can show: checkpoints, accounts and their sums, keys, and rows that belong to nothing.

use earnest_hire::ledger::{Account, Bound};
use earnest_hire::money::Currency;

use super::Noted;
use super::finding::{Finding, Found};
use super::sums::{AccountSums, Both, Equations, Totals};
use crate::Error;
use crate::books::{account_id, bound_name, class_name, corrupt};
use crate::checkpoint::{self, Anchor, Checkpoint};
use crate::db::{Field, Fields, Sql, View};

statements! {
    ACCOUNTS = "SELECT account.id, account.code, account.currency, account.kind, account.bound, balance.account_id, \
                balance.debit, balance.credit FROM account LEFT JOIN balance ON balance.account_id = account.id";
    KEYS = "SELECT idempotency.scope, idempotency.key, idempotency.event_id, idempotency.at, event.at, entry.idem FROM idempotency \
            LEFT JOIN event ON event.id = idempotency.event_id LEFT JOIN entry ON entry.transition_id = idempotency.event_id \
            ORDER BY idempotency.event_id";
    KEYED = "SELECT COUNT(*) FROM entry WHERE idem <> transition_id AND substr(idem, 1, 6) <> 'timer '";
    KEYLESS = "SELECT entry.id, entry.idem FROM entry LEFT JOIN idempotency ON idempotency.event_id = entry.transition_id \
               WHERE entry.idem <> entry.transition_id AND substr(entry.idem, 1, 6) <> 'timer ' AND idempotency.event_id IS NULL";
    COUNTS = "SELECT (SELECT COUNT(*) FROM line), (SELECT COUNT(*) FROM lot), (SELECT COUNT(*) FROM job)";
    STRAY_LINES = "SELECT line.entry_id, line.no FROM line LEFT JOIN entry ON entry.id = line.entry_id WHERE entry.id IS NULL";
    STRAY_LOTS = "SELECT lot.id, lot.milestone FROM lot LEFT JOIN milestone ON milestone.id = lot.milestone \
                  WHERE milestone.id IS NULL";
    STRAY_JOBS = "SELECT job.id, job.event_id FROM job LEFT JOIN event ON event.id = job.event_id WHERE event.id IS NULL";
    STRAY_BALANCES = "SELECT balance.account_id, balance.debit FROM balance LEFT JOIN account ON account.id = balance.account_id \
                      WHERE account.id IS NULL";
    NAMELESS = "SELECT 'chain', id FROM chain WHERE id = '' UNION ALL SELECT 'event', id FROM event WHERE chain = '' \
                UNION ALL SELECT 'entry', id FROM entry WHERE chain = '' UNION ALL SELECT 'contract', id FROM contract WHERE id = '' \
                UNION ALL SELECT 'party', id FROM party WHERE id = '' UNION ALL SELECT 'milestone', id FROM milestone \
                WHERE contract = '' UNION ALL SELECT 'payment', id FROM payment WHERE contract = '' \
                UNION ALL SELECT 'refund', id FROM refund WHERE contract = '' UNION ALL SELECT 'earning', id FROM earning \
                WHERE contract = '' UNION ALL SELECT 'payout', id FROM payout WHERE payee = '' \
                UNION ALL SELECT 'timer', id FROM timer WHERE chain = '' UNION ALL SELECT 'job', id FROM job WHERE chain = ''";
}

/// Reads the checkpoints, proves that each names the one before, and notes the heads that they list.
pub(super) async fn checkpoints(
    view: &mut View,
    anchor: Option<Anchor>,
    found: &mut Found,
) -> Result<(Vec<Checkpoint>, Noted), Error> {
    let (mut sound, mut noted) = (Vec::<Checkpoint>::new(), Noted::new());
    for read in view.checkpoints().await? {
        found.checked.checkpoints += 1;
        let one = match read {
            Ok(one) => one,
            Err(Error::Corrupt { id, why, .. }) => {
                found.alone("I17", "checkpoint", &id, format!("cannot be read: {why}"));
                break;
            }
            Err(other) => return Err(other),
        };
        let (no, prev) = sound.last().map_or((1, [0; 32]), |last| (last.no + 1, last.hash));
        let why = if one.no != no {
            Some(format!("its number is {}, the next one is {no}", one.no))
        } else if one.prev != prev {
            Some("the checkpoint that it names is not the one before it".to_owned())
        } else if one.digest() != one.hash {
            Some("its content does not have its hash".to_owned())
        } else {
            note(&one, &mut noted).err()
        };
        if let Some(why) = why {
            found.alone("I16", "checkpoint", &one.no.to_string(), why);
            break;
        }
        sound.push(one);
    }
    if let Some(anchor) = anchor {
        let kept = sound.iter().find(|one| one.no == anchor.no);
        let why = match kept {
            None => Some("the anchor names it, and it is missing: the end is cut off"),
            Some(kept) if kept.hash != anchor.hash => {
                Some("the anchor has another hash: it was written anew")
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            found.alone("I16", "checkpoint", &anchor.no.to_string(), why.to_owned());
        }
    }
    Ok((sound, noted))
}

fn note(one: &Checkpoint, noted: &mut Noted) -> Result<(), String> {
    for (chain, (length, hash)) in checkpoint::heads(one)? {
        noted.entry(chain).or_default().push((length, hash, one.no));
    }
    Ok(())
}

/// Chains that a checkpoint lists and of which nothing is left.
pub(super) fn gone(noted: Noted, found: &mut Found) {
    for (chain, heads) in noted {
        if let Some((length, _, no)) = heads.last() {
            let why = format!("checkpoint {no} lists it with {length} items, and nothing of it is there");
            found.add(Finding {
                invariant: "I16",
                table: "chain",
                id: chain.clone(),
                chain: Some(chain),
                no: None,
                why,
            });
        }
    }
}

/// Rows that no chain leads to. Where as many were met on the way along the chains as there are, none is left over and none
/// need be looked for.
pub(super) async fn strays(view: &mut View, found: &mut Found) -> Result<(), Error> {
    let stray: [(&'static str, Sql, u64); 3] = [
        ("line", STRAY_LINES, found.checked.lines),
        ("lot", STRAY_LOTS, found.met.lots),
        ("job", STRAY_JOBS, found.met.jobs),
    ];
    let mut counts = view.one(COUNTS, args![]).await?;
    for (table, sql, met) in stray {
        let count: i64 = counts.next().map_err(|why| corrupt(table, "?", why))?;
        if u64::try_from(count) == Ok(met) {
            continue;
        }
        view.each(sql, &mut |row| {
            let mut id = row.text(0).to_owned();
            if table == "line" {
                let no = row.number(1).map_or("?".to_owned(), |no| no.to_string());
                id = format!("{id} {no}");
            }
            found.alone("I17", table, &id, "what it belongs to is missing".to_owned());
        })
        .await?;
    }
    view.each(STRAY_BALANCES, &mut |row| {
        let why = "what it belongs to is missing".to_owned();
        found.alone("I17", "balance", row.text(0), why);
    })
    .await?;
    view.each(NAMELESS, &mut |row| {
        let id = format!("{} {}", row.text(0), row.text(1));
        found.alone("I17", "chain", &id, "a row names no chain".to_owned());
    })
    .await
}

/// Every key names one event, no two the same, and was kept in its moment; what was booked under a key has that key still.
pub(super) async fn keys(view: &mut View, found: &mut Found) -> Result<(), Error> {
    let (mut last, mut booked) = (None, 0_i64);
    view.each(KEYS, &mut |row| {
        found.checked.keys += 1;
        let own_key = has_own_key(row);
        booked += i64::from(own_key.is_some());
        let why = match (row.number(3), row.number(4)) {
            (_, None) => Some("the event that it names is missing"),
            (at, of_event) if at != of_event => Some("it was kept at another moment than its event"),
            _ => (own_key == Some(false)).then_some("its entry was booked under another key"),
        };
        // They come in the order of their events.
        let again = last.as_deref() == Some(row.text(2));
        let why = why.or_else(|| again.then_some("another key names the same event"));
        if let Some(why) = why {
            let id = format!("{} {}", row.text(0), row.text(1));
            found.alone("I9", "idempotency", &id, why.to_owned());
        }
        last = Some(row.text(2).to_owned());
    })
    .await?;
    let mut count = view.one(KEYED, args![]).await?;
    let count: i64 = count.next().map_err(|why| corrupt("entry", "?", why))?;
    if count == booked {
        return Ok(());
    }
    view.each(KEYLESS, &mut |row| {
        let why = format!("the key that it was booked under is missing: {}", row.text(1));
        found.alone("I9", "entry", row.text(0), why);
    })
    .await
}

/// Whether the entry of a key's event was booked under this key; nothing where it booked nothing.
fn has_own_key(row: Fields<'_>) -> Option<bool> {
    let Field::Text(idem) = row.get(5) else {
        return None;
    };
    let rest = idem
        .strip_prefix(row.text(0))
        .and_then(|rest| rest.strip_prefix(' '));
    Some(rest == Some(row.text(1)))
}

/// Every account against its lines, its balance, its bound; the funds of every client and what nobody has claimed; the equations.
pub(super) async fn accounts(view: &mut View, found: &mut Found) -> Result<Vec<Equations>, Error> {
    let (mut totals, mut funds, mut wrong) = (Totals::default(), Vec::new(), found.doubt);
    view.each(ACCOUNTS, &mut |row| {
        found.checked.accounts += 1;
        match account(row, found) {
            Ok(one) => {
                totals.add(&one);
                funds.extend(fund(&one, found));
            }
            Err((invariant, table, why)) => {
                wrong = true;
                found.alone(invariant, table, row.text(0), why);
            }
        }
    })
    .await?;
    if !found.doubt {
        for id in found.sums.keys().cloned().collect::<Vec<_>>() {
            found.alone(
                "I17",
                "account",
                &id,
                "lines are booked on it, and it is missing".to_owned(),
            );
        }
    }
    let equations = totals.end();
    if wrong {
        return Ok(equations);
    }
    for (id, why) in funds {
        found.alone("I5", "account", &id, why);
    }
    for (id, should) in std::mem::take(&mut found.funds) {
        if should != 0 {
            let why = format!("it is missing, and payments or receipts say {should}");
            found.alone("I5", "account", &id, why);
        }
    }
    for one in equations.iter().filter(|one| !one.hold()) {
        let why = "the equations of the books do not hold".to_owned();
        found.alone("I1", "line", one.currency.code(), why);
    }
    Ok(equations)
}

/// What the books hold of a client outside milestones is what the payments of their contracts say, and what nobody has claimed
/// is what came in without a reference and waits; else why not.
fn fund(one: &AccountSums, found: &mut Found) -> Option<(String, String)> {
    let who = match one.account {
        Account::ClientFunds(_) => "payments",
        Account::UnmatchedReceipts => "receipts",
        _ => return None,
    };
    let id = account_id(&one.account, one.currency);
    let (is, should) = (one.balance_minor(), found.funds.remove(&id).unwrap_or_default());
    (is != should).then(|| (id, format!("is {is}, the {who} say {should}")))
}

type Wrong = (&'static str, &'static str, String);

fn account(row: Fields<'_>, found: &mut Found) -> Result<AccountSums, Wrong> {
    let read = || -> Result<(&str, Account, Currency, &str, &str), String> {
        Ok((
            row.read(0)?,
            row.parse(1)?,
            row.parse(2)?,
            row.read(3)?,
            row.read(4)?,
        ))
    };
    let (id, account, currency, kind, bound) =
        read().map_err(|why| ("I17", "account", format!("cannot be read: {why}")))?;
    let wrong = |why: &str| Err(("I8", "account", why.to_owned()));
    if id != account_id(&account, currency) {
        return wrong("its id is not its currency and code");
    }
    if kind != class_name(account.class()) {
        return wrong("its code is of another kind");
    }
    if bound != bound_name(account.bound()) {
        return wrong("its code is bounded in another way");
    }
    let booked = found.sums.remove(id);
    if booked.is_none() && !found.doubt {
        return wrong("nothing was ever booked on it");
    }
    let both = booked.unwrap_or_default();
    if !found.doubt {
        let kept = || -> Result<Option<(i64, i64)>, String> {
            let name: Option<&str> = row.read(5)?;
            let (debit, credit): (Option<i64>, Option<i64>) = (row.read(6)?, row.read(7)?);
            Ok(name.and(debit.zip(credit)))
        };
        let kept = kept().map_err(|why| ("I17", "balance", format!("cannot be read: {why}")))?;
        found.checked.balances += u64::from(kept.is_some());
        balance(&account, both, kept)?;
    }
    Ok(AccountSums {
        account,
        currency,
        debit_minor: both.debit,
        credit_minor: both.credit,
    })
}

fn balance(account: &Account, both: Both, kept: Option<(i64, i64)>) -> Result<(), Wrong> {
    match (account.bound(), kept) {
        (Bound::Running, None) => return Err(("I7", "balance", "it is missing".to_owned())),
        (Bound::Summed | Bound::Free, Some(_)) => {
            return Err(("I7", "balance", "accounts of this kind have none".to_owned()));
        }
        (Bound::Running, Some((debit, credit)))
            if (i128::from(debit), i128::from(credit)) != (both.debit, both.credit) =>
        {
            let why = format!(
                "is {debit} debit and {credit} credit, the lines add up to {} and {}",
                both.debit, both.credit
            );
            return Err(("I7", "balance", why));
        }
        _ => {}
    }
    let balance = both.balance(account.class());
    if account.bound() != Bound::Free && balance < 0 {
        return Err((
            "I3",
            "account",
            format!("it is {balance} and may not be below nothing"),
        ));
    }
    Ok(())
}
