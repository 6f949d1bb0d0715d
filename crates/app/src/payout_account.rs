//! Where an expert is paid: the identity check of the provider, the account, and asking for money.

use earnest_hire::contract::Actor;
use earnest_hire::ids::{OnceKey, PayoutId, PersonId};
use earnest_hire::ledger::{Account, Name};
use earnest_hire::money::{Minor, Money};
use earnest_hire::payee::{Command, Payee};
use earnest_hire::refusal::Refusal;
use earnest_store::Key;
use jiff::Timestamp;

use crate::Error;
use crate::contract::Also;
use crate::desk::Desk;
use crate::outside::payments::{CallError, OnboardOrder, PaymentProvider};
use crate::payee::{self, Confirmed, Who};

/// How an expert stands with being paid.
#[derive(Debug, Clone)]
pub struct Standing {
    /// When the provider first said that it knows them.
    pub checked_at: Option<Timestamp>,
    /// Accounts, payouts and holds, once there is anything.
    pub payee: Option<Payee>,
    /// What may be paid out now.
    pub payable: Minor,
    /// The most that can be asked for: what is owed to the operator is taken off first.
    pub most: Minor,
    /// Who can check them and pay: names and legal names.
    pub providers: Vec<(String, String)>,
}

/// There is no such provider, or it pays nobody.
const NO_PROVIDER: Error = Error::Conflict {
    code: "provider_unknown",
    sentence: "There is no provider of this name that pays experts.",
};
/// The provider did not answer.
const NOT_REACHED: Error = Error::Conflict {
    code: "provider_unreached",
    sentence: "The provider does not answer at the moment. Nothing was changed; try again in a minute.",
};
/// The provider said no.
const NOT_TAKEN: Error = Error::Conflict {
    code: "provider_refused",
    sentence: "The provider refused this. Ask the operator of this site what to do.",
};

/// How a person stands with being paid.
pub async fn standing(desk: &Desk, person: PersonId) -> Result<Standing, Error> {
    let currency = desk.currency;
    let read = desk.store.read(move |mut view| async move {
        let payable = view.balance(&Account::ExpertPayable(person), currency).await?;
        let owed = view.balance(&Account::Receivable(person), currency).await?;
        let party = view.party(person).await?;
        Ok::<_, earnest_store::Error>((party, view.payee(person).await?, (payable, owed)))
    });
    let (party, payee, (payable, owed)) = read.await?;
    let pays = |provider: &&std::sync::Arc<dyn PaymentProvider>| provider.abilities().pays_out;
    Ok(Standing {
        checked_at: party.onboarded_at,
        payee,
        payable,
        most: payable.less(owed),
        providers: desk
            .providers
            .values()
            .filter(pays)
            .map(|provider| {
                (
                    provider.name().to_owned(),
                    provider.abilities().legal_name.clone(),
                )
            })
            .collect(),
    })
}

/// Begins the identity check; gives the page of the provider on which it goes on. It may be begun again.
pub async fn check_identity(
    desk: &Desk,
    person: PersonId,
    name: &str,
    provider: &str,
    back: &str,
) -> Result<String, Error> {
    Ok(onboard(desk, person, name, provider, back).await?.1)
}

/// The account reference and the page; the same for the same person, however often it is asked.
async fn onboard(
    desk: &Desk,
    person: PersonId,
    name: &str,
    provider: &str,
    back: &str,
) -> Result<(String, String), Error> {
    let found = desk
        .providers
        .get(provider)
        .filter(|one| one.abilities().pays_out);
    let found = found.ok_or(NO_PROVIDER)?;
    let order = OnboardOrder {
        person_id: person.to_string(),
        name: name.to_owned(),
        return_url: format!("{}{back}", desk.origin),
    };
    match found.onboard(&format!("onboard:{person}"), &order).await {
        Ok(onboarding) => Ok((onboarding.account_ref, onboarding.url)),
        Err(CallError::Refused { .. }) => Err(NOT_TAKEN),
        Err(CallError::NotSent { .. } | CallError::Unknown { .. }) => Err(NOT_REACHED),
    }
}

/// Lets payouts go to the account that the provider has for the person.
pub async fn name_account(
    desk: &Desk,
    (person, name): (PersonId, &str),
    provider: &str,
    confirmed: Confirmed,
    once: OnceKey,
) -> Result<(), Error> {
    let (reference, _page) = onboard(desk, person, name, provider, "/balance").await?;
    let provider: Name = provider.parse().or(Err(NO_PROVIDER))?;
    let command = Command::SetPayoutAccount { reference, provider };
    act(desk, person, &command, confirmed, once).await
}

/// Asks for money.
pub async fn ask(
    desk: &Desk,
    person: PersonId,
    amount: Minor,
    confirmed: Confirmed,
    once: OnceKey,
) -> Result<(), Error> {
    let command = Command::RequestPayout {
        amount: Money {
            amount_minor: amount.0,
            currency: desk.currency,
        },
    };
    act(desk, person, &command, confirmed, once).await
}

/// Takes a payout back that was not sent; its money is payable again.
pub async fn cancel(desk: &Desk, person: PersonId, payout: PayoutId, once: OnceKey) -> Result<(), Error> {
    let command = Command::CancelPayout { payout };
    match act(desk, person, &command, Confirmed::No, once).await {
        // of somebody else, or of nobody
        Err(Error::Refused(Refusal::NotFound)) => Err(Error::NotFound),
        other => other,
    }
}

async fn act(
    desk: &Desk,
    person: PersonId,
    command: &Command,
    confirmed: Confirmed,
    once: OnceKey,
) -> Result<(), Error> {
    let actor = Actor::Person { id: person };
    let text = serde_json::to_string(command).map_err(crate::provider::broken)?;
    let key = Key::new(&person.to_string(), &once.to_string(), &text);
    let who = Who {
        actor: &actor,
        confirmed,
    };
    payee::act(desk, person, command, who, Also::Key(key))
        .await
        .map(drop)
}
