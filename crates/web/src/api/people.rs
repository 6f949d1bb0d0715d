//! Accounts, tokens and second factors.

use axum::http::StatusCode;
use earnest_app::password::{self, Proof};
use earnest_app::second_factor::{self, Has, Session};
use earnest_app::{account, hold, token};
use earnest_hire::payee::Scope;
use earnest_hire::person::Email;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::{self, DONE};
use crate::problem::Problem;
use crate::session::held_sign_in;

/// Asks for an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    /// You are sent a link that opens the account.
    #[schemars(length(max = 254))]
    email: String,
    /// 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    password: String,
    #[schemars(length(min = 1, max = 100))]
    name: String,
}

/// It was asked for. The answer is the same whether there is an account or not.
#[derive(Serialize, JsonSchema)]
pub(super) struct Asked {
    /// What happens next.
    next: &'static str,
}

fn email(text: &str) -> Result<Email, Problem> {
    Ok(Email::typed(text).map_err(|fault| earnest_app::Error::Invalid(vec![fault]))?)
}

pub(super) async fn sign_up(call: Call) -> Result<Reply, Problem> {
    let asked: NewAccount = call.body()?;
    let email = email(&asked.email)?;
    call.web.may_try(call.from, Some(&email)).await?;
    let proof = if call.web.site.demo_people.is_empty() {
        Proof::ByMail
    } else {
        Proof::None
    };
    password::sign_up(call.desk(), &email, (&asked.name, &asked.password), proof).await?;
    let next = "Open the link in the letter that was sent to this address, then ask for a token.";
    Reply::with(StatusCode::ACCEPTED, &Asked { next })
}

/// Asks for a token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    #[schemars(length(max = 254))]
    email: String,
    password: String,
    /// What the token is for, so that you know it again.
    #[serde(default)]
    #[schemars(length(max = 80))]
    label: String,
}

/// A token. It is shown this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct TokenView {
    /// Send it as `Authorization: Bearer …`. It ends after 90 days.
    token: String,
}

pub(super) async fn make_token(call: Call) -> Result<Reply, Problem> {
    let asked: NewToken = call.body()?;
    let email = email(&asked.email)?;
    call.web.may_try(call.from, Some(&email)).await?;
    let person = password::check(call.desk(), &email, &asked.password).await;
    let person = person.map_err(|error| match error {
        earnest_app::Error::Conflict { code, sentence } => {
            Problem::of_code(StatusCode::UNAUTHORIZED, code, "That does not fit", sentence)
        }
        other => other.into(),
    })?;
    let label = if asked.label.trim().is_empty() {
        "API"
    } else {
        &asked.label
    };
    if let Some(held) = hold::standing(call.desk(), person.id, Scope::SignIn).await? {
        return Err(held_sign_in(&held));
    }
    let token = token::make(call.desk(), &person, label).await?;
    Reply::created(&TokenView {
        token: token.to_string(),
    })
}

pub(super) async fn end_token(call: Call) -> Result<Reply, Problem> {
    account::go_out(call.desk(), call.bearer()?.token).await?;
    Reply::ok(&DONE)
}

pub(super) async fn me(call: Call) -> Result<Reply, Problem> {
    let person = call.person()?;
    let has = second_factor::has(call.desk(), person.id).await?;
    Reply::ok(&view::me(person, has != Has::None))
}

/// Another password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The one that you have.
    current: String,
    /// 8 to 128 characters.
    #[schemars(length(min = 8, max = 128))]
    password: String,
}

pub(super) async fn set_password(call: Call) -> Result<Reply, Problem> {
    let asked: NewPassword = call.body()?;
    let person = call.person()?;
    call.web.may_try(call.from, Some(&person.email)).await?;
    password::check(call.desk(), &person.email, &asked.current).await?;
    password::set(call.desk(), person, call.bearer()?.token, &asked.password).await?;
    Reply::ok(&DONE)
}

/// What goes into an app for codes.
#[derive(Serialize, JsonSchema)]
pub(super) struct SetupView {
    /// In base 32.
    key: String,
    /// The same as an address that apps open.
    address: String,
}

/// Shows that it is you: a token alone sets up no second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithPassword {
    /// Of your account. Without one: set up the second factor on the site.
    password: String,
}

pub(super) async fn begin_factor(call: Call) -> Result<Reply, Problem> {
    let asked: WithPassword = call.body()?;
    let person = call.person()?;
    call.web.may_try(call.from, Some(&person.email)).await?;
    password::check(call.desk(), &person.email, &asked.password).await?;
    second_factor::begin(call.desk(), person.id).await?;
    let setup = second_factor::setup(call.desk(), person.id, person.email.as_str()).await?;
    let setup = setup.ok_or_else(Problem::not_found)?;
    Reply::created(&SetupView {
        key: setup.key,
        address: setup.address,
    })
}

/// Six digits of the app, or a recovery code.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: String,
}

/// Codes for when the phone is lost, each good once. They are shown this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

pub(super) async fn confirm_factor(call: Call) -> Result<Reply, Problem> {
    let (typed, bearer): (Code, _) = (call.body()?, call.bearer()?);
    call.web.may_try(call.from, None).await?;
    let session = Session::Program(bearer.token);
    let confirmed = second_factor::confirm(call.desk(), bearer.person.id, session, &typed.code);
    let (recovery_codes, _the_same) = confirmed.await?;
    Reply::ok(&RecoveryCodes { recovery_codes })
}

pub(super) async fn prove(call: Call) -> Result<Reply, Problem> {
    let (typed, bearer): (Code, _) = (call.body()?, call.bearer()?);
    call.web.may_try(call.from, None).await?;
    let session = Session::Program(bearer.token);
    second_factor::prove(call.desk(), bearer.person.id, session, &typed.code).await?;
    Reply::ok(&DONE)
}
