//! Where an expert is paid: the identity check, the account, and asking for money. A provider checks people on its own page
//! and has their account; where the operator makes transfers by hand, the operator checks, and the expert names an IBAN.

use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::iban::Iban;
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
    /// Who can pay them.
    pub providers: Vec<Payer>,
}

impl Standing {
    /// By their name.
    pub fn payer(&self, name: &str) -> Option<&Payer> {
        self.providers.iter().find(|one| one.name == name)
    }
}

/// Who pays experts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// For programs and forms.
    pub name: String,
    /// For people.
    pub legal_name: String,
    /// Whether it is the operator, who checks people and transfers to their bank accounts by hand.
    pub by_hand: bool,
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

/// The operator checks by hand.
const CHECKED_HERE: Error = Error::Conflict {
    code: "identity_by_operator",
    sentence: "Here the operator of this site checks who you are, and notes it. Write to them, and name your account meanwhile.",
};
/// What no transfer can be made to.
const NO_IBAN: &str = "Write the IBAN of an account of your own, such as DE89 3704 0044 0532 0130 00. Its check digits tell a mistyped one.";

/// A provider pays to the account that it has.
const IBAN_NOT_ASKED: &str =
    "This provider pays to the account that you named on its own page. Leave the IBAN out.";

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
            .map(|provider| Payer {
                name: provider.name().to_owned(),
                legal_name: provider.abilities().legal_name.clone(),
                by_hand: provider.own_account().is_some(),
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
    let found = payer(desk, provider)?;
    if found.own_account().is_some() {
        return Err(CHECKED_HERE);
    }
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

fn payer<'a>(desk: &'a Desk, provider: &str) -> Result<&'a dyn PaymentProvider, Error> {
    let found = desk.providers.get(provider).map(std::sync::Arc::as_ref);
    found.filter(|one| one.abilities().pays_out).ok_or(NO_PROVIDER)
}

/// Lets payouts go to the account that the provider has for the person; where the operator transfers by hand, to an IBAN.
pub async fn name_account(
    desk: &Desk,
    (person, name): (PersonId, &str),
    (provider, iban): (&str, Option<&str>),
    confirmed: Confirmed,
    once: OnceKey,
) -> Result<(), Error> {
    let typed = iban.filter(|text| !text.trim().is_empty());
    let unfit = |code, sentence| Error::Invalid(vec![FieldRefusal::new("iban", code, sentence)]);
    let reference = if payer(desk, provider)?.own_account().is_some() {
        let iban: Option<Iban> = typed.and_then(|text| text.parse().ok());
        iban.ok_or_else(|| unfit("unclear", NO_IBAN))?.as_str().to_owned()
    } else if typed.is_some() {
        return Err(unfit("not_asked", IBAN_NOT_ASKED));
    } else {
        onboard(desk, person, name, provider, "/balance").await?.0
    };
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
