//! `earnest bank`: money by transfer, where the operator's own bank account is the provider.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use earnest_app::App;
use earnest_app::bank::{self, Imported, NotImported};
use earnest_app::content::Catalogue;
use earnest_app::motion::Given;
use earnest_hire::bank::TransferReference;
use earnest_hire::ids::{EventId, MotionId, PaymentId, PersonId};
use earnest_hire::money::Currency;

use super::{Settings, database};
use crate::config::Config;

const STATEMENT: &str = "\
The first line names the columns, in any order; commas, semicolons or tabs stand between them:
  date            2026-11-25
  amount          500.00 or 500,00: no grouping, all decimals of the currency or none; a minus for money that left
  currency        that of this site
  reference       the text of the transfer; our reference may stand anywhere in it
  counterparty    who sent or got it (may be missing)
  transaction_id  the bank's own id (may be missing: then a file has to have all transfers of its days, and lines with
                  the same day, sum and reference are counted)

The file is taken whole or not at all. A line that was imported before is passed over. One that may have been, with an id
where the other had none, is not taken and told.

Example:
  earnest bank import statement-2026-11-25.csv";

/// What to do about transfers.
#[derive(Debug, Subcommand)]
pub(crate) enum Bank {
    /// Read a statement: what came in is matched by its reference, what went out is confirmed.
    #[command(after_help = STATEMENT)]
    Import {
        /// The statement, as CSV in UTF-8.
        file: PathBuf,
    },
    /// What a client has to transfer where.
    #[command(after_help = "Example:\n  earnest bank instructions pay_01k…")]
    Instructions {
        /// The payment.
        payment: PaymentId,
    },
    /// Transfers that you have to make: refunds, payouts, and what is sent back.
    Transfers,
    /// Incoming transfers whose reference nobody knows.
    Unmatched,
    /// Say whose an unmatched transfer is; it funds the milestone if it is enough.
    #[command(
        after_help = "More than one operator may decide alone (terms.second_operator_above), or another sum than is missing: \
                      another operator seconds it.\n\nExample:\n  earnest bank assign evt_01k… pay_01k… --operator per_01k…"
    )]
    Assign {
        /// The receipt, as `unmatched` prints it.
        receipt: EventId,
        /// The payment that it belongs to.
        payment: PaymentId,
        /// Who decides this; stands in the history.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
    /// Say that an unmatched transfer is what you moved here of a payment; another operator then seconds it.
    #[command(
        after_help = "Move exactly what is held of the payment, at the provider, and import the statement it came in with.\n\n\
                      Example:\n  earnest bank move evt_01k… pay_01k… --transfer txn_000004 --operator per_01k…"
    )]
    Move {
        /// The receipt, as `unmatched` prints it.
        receipt: EventId,
        /// The payment whose money it is.
        payment: PaymentId,
        /// The provider's id of the movement, as `earnest reconcile` prints it.
        #[arg(long, value_name = "ID")]
        transfer: String,
        /// Who proposes this; stands in the history beside who seconds it.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
    /// Say what money was that left for nothing of ours; another operator seconds it, and it is booked as a cost of yours.
    #[command(
        after_help = "Example:\n  earnest bank explain b4 --operator per_01k… --because 'rent, paid from this account'"
    )]
    Explain {
        /// The bank's id of the line, as `earnest reconcile --provider bank` prints it.
        line: String,
        /// Who has found out; stands in the history beside who seconds it.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
        /// What it was; is kept with the line.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Send an unmatched transfer back: make the transfer yourself, with the reference that is printed.
    #[command(
        after_help = "Example:\n  earnest bank return evt_01k… --operator per_01k… --because \"The sender has asked for it.\""
    )]
    Return {
        /// The receipt, as `unmatched` prints it.
        receipt: EventId,
        /// Who decides this; stands in the history.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
        /// Why; is kept with the transfer.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Bank) -> anyhow::Result<()> {
    let config = settings.read()?;
    database::wait(async {
        let store = match asked {
            Bank::Instructions { .. } | Bank::Transfers | Bank::Unmatched => {
                database::open_to_read(&config).await?
            }
            Bank::Import { .. } => database::open_beside(&config, "bank import").await?,
            Bank::Assign { .. } => database::open_beside(&config, "bank assign").await?,
            Bank::Return { .. } => database::open_beside(&config, "bank return").await?,
            Bank::Move { .. } => database::open_beside(&config, "bank move").await?,
            Bank::Explain { .. } => database::open_beside(&config, "bank explain").await?,
        };
        let app = database::app(&config, store, Catalogue::empty())?;
        carry_out(&config, &app, asked).await?;
        app.store.finish().await;
        Ok(())
    })
}

async fn carry_out(config: &Config, app: &App, asked: &Bank) -> anyhow::Result<()> {
    let desk = &app.desk;
    match asked {
        Bank::Import { file } => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read as UTF-8 text", file.display()))?;
            told(&bank::import(desk, &text).await.map_err(faults)?);
        }
        Bank::Instructions { payment } => instructions(config, app, *payment).await?,
        Bank::Transfers => transfers(app, config.currency).await?,
        Bank::Unmatched => unmatched(app).await?,
        Bank::Assign {
            receipt,
            payment,
            operator,
        } => {
            let given = bank::assign(desk, *operator, *receipt, *payment).await;
            match given.context("nothing was assigned; `earnest bank unmatched` lists what waits")? {
                Given::Done => println!("{receipt} is part of {payment} now."),
                Given::Proposed(motion) => seconded(motion),
            }
        }
        Bank::Move {
            receipt,
            payment,
            transfer,
            operator,
        } => {
            let moved = (*payment, transfer.as_str());
            let motion = bank::propose_move(desk, *operator, *receipt, moved).await;
            let motion = motion.context("nothing was proposed; `earnest bank unmatched` lists what waits")?;
            seconded(motion);
        }
        Bank::Explain {
            line,
            operator,
            because,
        } => {
            let motion = bank::explain(desk, *operator, line, because).await;
            seconded(motion.map_err(|error| match error {
                earnest_app::Error::NotFound => {
                    anyhow!("no money that left waits under this id; see `earnest reconcile --provider bank`")
                }
                other => anyhow!(other.in_words()),
            })?);
        }
        Bank::Return {
            receipt,
            operator,
            because,
        } => {
            let given = bank::send_back(desk, *operator, *receipt, because).await;
            match given.context("nothing is sent back; `earnest bank unmatched` lists what waits")? {
                Given::Done => println!(
                    "Transfer it back with the reference {}, then import the statement it stands in.",
                    TransferReference::of_return(*receipt)
                ),
                Given::Proposed(motion) => seconded(motion),
            }
        }
    }
    Ok(())
}

/// It takes two.
fn seconded(motion: MotionId) {
    println!("Next, by another operator: earnest motions second {motion} --operator PERSON");
}

fn faults(error: NotImported) -> anyhow::Error {
    match error {
        NotImported::Faults(faults) => {
            let lines: Vec<String> = faults.iter().take(20).map(ToString::to_string).collect();
            anyhow::anyhow!(
                "nothing was taken, for {} lines cannot be read:\n  {}",
                faults.len(),
                lines.join("\n  ")
            )
        }
        changed @ NotImported::Changed { .. } => changed.into(),
        NotImported::Failed(error) => error.into(),
    }
}

fn told(imported: &Imported) {
    println!(
        "{} lines were matched, {} wait to be assigned, {} had been imported before.",
        imported.matched, imported.unmatched, imported.seen
    );
    if imported.unmatched > 0 {
        println!("Next: earnest bank unmatched");
    }
    if !imported.not_ours.is_empty() {
        let numbers: Vec<String> = imported.not_ours.iter().map(ToString::to_string).collect();
        println!(
            "Money that left without a reference of ours, or with another sum than was asked, in lines {}: not booked, \
             and a difference until it is explained: earnest reconcile --provider bank",
            numbers.join(", ")
        );
    }
    for doubt in &imported.doubtful {
        println!("{doubt}");
    }
}

async fn instructions(config: &Config, app: &App, payment: PaymentId) -> anyhow::Result<()> {
    let Some(account) = &config.bank else {
        bail!("no bank account is configured: set bank.holder and bank.iban");
    };
    let contract = app.store.read(move |mut view| async move {
        match view.contract_of(&payment.to_string()).await? {
            Some(id) => view.contract(id).await,
            None => Ok(None),
        }
    });
    let contract: Result<_, earnest_store::Error> = contract.await;
    let contract = contract?.with_context(|| format!("there is no payment {payment}"))?;
    let paid = contract.payment(payment)?;
    let missing = paid.asked_minor.less(paid.received_minor);
    println!("Amount     {}", contract.currency.write(missing));
    println!("To         {}", account.holder);
    println!("IBAN       {}", account.iban);
    println!("Reference  {}", TransferReference::of_payment(payment));
    Ok(())
}

async fn transfers(app: &App, currency: Currency) -> anyhow::Result<()> {
    let transfers = bank::transfers(&app.desk).await?;
    if transfers.is_empty() {
        println!("No transfer is to be made.");
    }
    for one in transfers {
        println!(
            "{}  {}  {}  to {}",
            one.reference,
            currency.write(one.amount),
            one.about,
            one.to
        );
    }
    Ok(())
}

async fn unmatched(app: &App) -> anyhow::Result<()> {
    let receipts = bank::unmatched(&app.desk).await?;
    if receipts.is_empty() {
        println!("Every transfer that came has been assigned.");
    }
    for row in receipts {
        let date = row.at.to_zoned(jiff::tz::TimeZone::UTC).date();
        println!(
            "{}  {date}  {}  from {}",
            row.id,
            row.currency.write(row.amount_minor),
            row.counterparty
        );
        println!("    {}", row.text);
    }
    Ok(())
}
