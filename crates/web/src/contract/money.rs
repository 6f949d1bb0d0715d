//! Where the money of a contract is, and what each side gets in the end.

use earnest_app::desk::Desk;
use earnest_app::outside::payments::MoneyKind;
use earnest_hire::contract::{Contract, Ending, Kind, Liability, Lot, Method, Milestone, Outcome, Terms};
use earnest_hire::fee::FeeRule;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::refusal::Refusal;

use super::stream;
use super::taken::taken_back;
use crate::urls;
use crate::words::{percent, sum};

/// How wide the bar is, in its own units.
const WIDE: i64 = 1_000;
/// Between two parts of it.
const GAP: i64 = 3;

/// One bar with its parts.
pub(super) struct Money {
    pub(super) parts: Vec<Part>,
    pub(super) holder: String,
    /// What has arrived in part; what the payer's bank took back, and who bears it.
    pub(super) told: Vec<String>,
}

/// A part of the bar.
pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) label: &'static str,
    pub(super) amount: String,
    /// What was booked of it; none of what was never funded.
    pub(super) lines: Option<String>,
    pub(super) x: i64,
    pub(super) width: i64,
}

impl Money {
    pub(super) fn new(desk: &Desk, contract: &Contract) -> Result<Self, Refusal> {
        let mut sums = [Minor::ZERO; 6];
        let mut add = |place: usize, more: Minor| -> Result<(), Refusal> {
            if let Some(sum) = sums.get_mut(place) {
                *sum = sum.plus(more)?;
            }
            Ok(())
        };
        for one in &contract.milestones {
            add(0, one.released()?)?;
            let place = if one.in_dispute() { 2 } else { 1 };
            add(place, one.held()?)?;
            add(3, one.refunded()?)?;
            for lot in &one.lots {
                add(4, lot.withheld)?;
            }
            add(5, not_funded(one))?;
        }
        let named = [
            ("released", "released to the expert"),
            ("held", "held"),
            ("disputed", "held, in dispute"),
            ("refunded", "back to the client"),
            ("withheld", "lost to the payer’s bank or a fee"),
            ("unfunded", "not funded yet"),
        ];
        let parts: Vec<_> = named
            .into_iter()
            .zip(sums)
            .filter(|(_, sum)| sum.is_positive())
            .collect();
        Ok(Self {
            parts: laid_out(&parts, contract),
            holder: holder(desk, contract),
            told: arrived_in_part(contract).chain(taken_back(contract)?).collect(),
        })
    }
}

/// Money that is no milestone's yet, because not all of its payment has come.
fn arrived_in_part(contract: &Contract) -> impl Iterator<Item = String> {
    let money = |minor| sum(contract.currency, minor);
    contract.milestones.iter().filter_map(move |one| {
        let paid = contract.in_part(one)?;
        Some(format!(
            "{} of {} has arrived for “{}”. {} is missing: until it is here, the milestone is not funded.",
            money(paid.in_funds_minor),
            money(paid.asked_minor),
            one.plan.title,
            money(paid.missing())
        ))
    })
}

fn not_funded(one: &Milestone) -> Minor {
    match one.state.kind() {
        Kind::Planned | Kind::Funding => one.plan.price_minor,
        _ => one.to_raise_minor,
    }
}

fn laid_out(parts: &[((&'static str, &'static str), Minor)], contract: &Contract) -> Vec<Part> {
    let lines = urls::contract_history(contract.id, stream::Kind::Money.word(), None);
    let whole: i64 = parts.iter().map(|(_, sum)| sum.0).sum();
    let gaps = i64::try_from(parts.len()).unwrap_or(1).saturating_sub(1) * GAP;
    let mut x = 0;
    let mut laid = Vec::new();
    for ((class, label), minor) in parts {
        let share = minor.share(Minor(WIDE - gaps), Minor(whole)).unwrap_or_default();
        let width = share.0.max(2);
        laid.push(Part {
            class,
            label,
            amount: sum(contract.currency, *minor),
            lines: (*class != "unfunded").then(|| lines.clone()),
            x,
            width,
        });
        x += width + GAP;
    }
    laid
}

/// Who holds the money, by the legal name: of the providers that were used, or of those that can be.
fn holder(desk: &Desk, contract: &Contract) -> String {
    let used: Vec<&str> = contract
        .payments
        .iter()
        .map(|paid| paid.provider.as_str())
        .collect();
    let providers = desk
        .providers
        .iter()
        .filter(|(name, _)| used.is_empty() || used.contains(&name.as_str()));
    let names: Vec<String> = providers
        .map(|(_, provider)| {
            let abilities = provider.abilities();
            let pretend = match abilities.money {
                MoneyKind::Pretend if !abilities.legal_name.contains("pretend") => {
                    " (a pretend provider: no real money moves)"
                }
                MoneyKind::Pretend | MoneyKind::Real => "",
            };
            format!("{}{pretend}", abilities.legal_name)
        })
        .collect();
    if names.is_empty() {
        return "No payment provider is set up here, so nothing can be funded yet.".to_owned();
    }
    format!("Held by {}.", names.join(" or "))
}

/// A row of the money table.
pub(super) struct OutcomeRow {
    pub(super) title: String,
    pub(super) client_pays: String,
    pub(super) expert_gets: String,
    pub(super) client_back: String,
    pub(super) fees: String,
}

/// The four outcomes of all milestones together.
pub(super) fn outcomes(contract: &Contract) -> Result<Vec<OutcomeRow>, Refusal> {
    let terms = &contract.terms;
    let of = |ending| terms.outcome_of_all(contract.milestones.iter().map(|one| &one.plan), ending);
    let approved = of(Ending::Approved)?;
    let paid_out = format!(
        "Approved and paid out, from {} after approval on",
        clearance(terms)
    );
    Ok(vec![
        row(contract.currency, "Everything approved", approved),
        row(contract.currency, "Half each", of(Ending::HalfEach)?),
        row(contract.currency, "Everything goes back", of(Ending::AllBack)?),
        row(contract.currency, &paid_out, approved),
    ])
}

fn row(currency: Currency, title: &str, outcome: Outcome) -> OutcomeRow {
    OutcomeRow {
        title: title.to_owned(),
        client_pays: sum(currency, outcome.client_pays),
        expert_gets: sum(currency, outcome.expert_gets),
        client_back: sum(currency, outcome.client_back),
        fees: sum(currency, outcome.fees),
    }
}

/// How long it takes from a release until it can be paid out.
pub(super) fn clearance(terms: &Terms) -> String {
    let usual = days(terms.clearance_days);
    match terms.clearance(Method::Bank) {
        same if same == terms.clearance_days => usual,
        0 => format!("{usual} (at once where the client paid by transfer)"),
        other => format!("{usual} ({} where the client paid by transfer)", days(other)),
    }
}

/// When money of lots that goes back is there, by how it came. It leaves at once; what banks take is theirs to say.
pub(super) fn back_when(contract: &Contract, lots: &[Lot]) -> String {
    let came_by = |method| {
        let held = lots.iter().filter(|lot| lot.held().is_positive());
        let mut payments = held.filter_map(|lot| contract.payment(lot.payment).ok());
        payments.any(|one| one.method == method)
    };
    let by_card = "What was paid by card is sent back at once, and the card’s bank shows it after 5 to 10 working days.";
    let by_transfer = "What was paid by transfer is transferred to the account it came from, and is there a working day or \
                       two after that.";
    match (came_by(Method::Card), came_by(Method::Bank)) {
        (true, true) => format!("{by_card} {by_transfer}"),
        (false, true) => by_transfer.to_owned(),
        (true | false, false) => by_card.to_owned(),
    }
}

/// The terms in plain words.
pub(super) fn terms(contract: &Contract) -> Vec<(&'static str, String)> {
    let (terms, currency) = (&contract.terms, contract.currency);
    let mut told = vec![
        (
            "On top of the price, from the client",
            fee(terms.client_fee, currency),
        ),
        (
            "Out of the price, from the expert",
            fee(terms.expert_fee, currency),
        ),
        (
            "From approval to payout",
            format!("{}, then the expert can have it paid out", clearance(terms)),
        ),
        (
            "If a payer’s bank takes back what was approved",
            match terms.liability {
                Liability::Operator => "the operator bears it, not the expert".to_owned(),
                Liability::Expert => {
                    "the expert gives back what they received, and the operator its fees".to_owned()
                }
            },
        ),
    ];
    if terms.dispute_fee_minor.is_positive() {
        let fee = format!(
            "{}, once, out of what is in dispute",
            sum(currency, terms.dispute_fee_minor)
        );
        told.push(("For the decision of a dispute", fee));
    }
    told
}

fn fee(rule: FeeRule, currency: Currency) -> String {
    let mut parts = Vec::new();
    if rule.basis_points > 0 {
        parts.push(percent(rule.basis_points));
    }
    if rule.fixed_minor.is_positive() {
        parts.push(format!("{} for each payment", sum(currency, rule.fixed_minor)));
    }
    if parts.is_empty() {
        return "nothing".to_owned();
    }
    let tax = rule.tax_basis_points;
    let tax = if tax == 0 {
        String::new()
    } else {
        format!(", and {} tax on that", percent(tax))
    };
    format!("{}{tax}", parts.join(" and "))
}

pub(super) fn days(count: u16) -> String {
    match count {
        0 => "at once".to_owned(),
        1 => "1 day".to_owned(),
        count => format!("{count} days"),
    }
}
