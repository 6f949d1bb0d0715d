//! Differences that are open, as the office reads them, and what it does about them.

use earnest_store::ReconciliationRow;
use jiff::{SignedDuration, Timestamp};

use super::{Difference, NotCompared, anew, compare_and_keep, repair};
use crate::Error;
use crate::desk::Desk;
use crate::outside::payments::Period;
use crate::provider::broken;

/// How far back is compared where somebody asks for it now.
const BACK: SignedDuration = SignedDuration::from_hours(48);

/// A period of which the last comparison found differences.
#[derive(Debug, Clone)]
pub struct Differing {
    /// Which provider.
    pub provider: String,
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// When it was compared.
    pub at: Timestamp,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// Where the comparisons stand.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Every provider, with until when it was compared at the latest.
    pub providers: Vec<(String, Option<Timestamp>)>,
    /// What is open.
    pub differing: Vec<Differing>,
}

/// Where the comparisons with all providers stand.
pub async fn standing(desk: &Desk) -> Result<Standing, Error> {
    let read = desk.store.read(|mut view| async move {
        Ok::<_, earnest_store::Error>((view.differing().await?, view.compared_until().await?))
    });
    let (rows, until) = read.await?;
    let compared = |name: &String| until.iter().find(|(known, _)| known == name).map(|(_, at)| *at);
    Ok(Standing {
        providers: desk
            .providers
            .keys()
            .map(|name| (name.clone(), compared(name)))
            .collect(),
        differing: rows.into_iter().map(differing).collect::<Result<_, _>>()?,
    })
}

fn differing(row: ReconciliationRow) -> Result<Differing, Error> {
    Ok(Differing {
        differences: serde_json::from_str(&row.differences).map_err(broken)?,
        provider: row.provider,
        from: row.from,
        until: row.until,
        at: row.at,
    })
}

/// Compares the last two days until now, and every period anew that differed; says how many were compared.
pub async fn compare_now(desk: &Desk, name: &str) -> Result<usize, NotCompared> {
    let until = desk.now();
    let from = until.checked_sub(BACK).unwrap_or(Timestamp::UNIX_EPOCH);
    compare_and_keep(desk, name, Period { from, until }).await?;
    Ok(anew(desk, name).await?.saturating_add(1))
}

/// Asks a provider about all that differs, applies the events that never came, and compares again; says how many changed
/// something.
pub async fn repair_all(desk: &Desk, name: &str) -> Result<usize, NotCompared> {
    let open = standing(desk).await?;
    let mut applied = 0_usize;
    for one in open.differing.iter().filter(|one| one.provider == name) {
        let (from, until) = (one.from, one.until);
        let compared = compare_and_keep(desk, name, Period { from, until }).await?;
        applied = applied.saturating_add(repair(desk, &compared).await?);
    }
    anew(desk, name).await?;
    Ok(applied)
}
