//! The trial balance: what every account stood at, at any moment.

use earnest_hire::ledger::Account;
use earnest_hire::money::Currency;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Row, Store};
use crate::verify::AccountSums;

statements! {
    AT = "SELECT account.id, account.code, account.currency, \
          CAST(SUM(CASE line.side WHEN 'debit' THEN line.amount ELSE 0 END) AS BIGINT), \
          CAST(SUM(CASE line.side WHEN 'credit' THEN line.amount ELSE 0 END) AS BIGINT) \
          FROM line JOIN entry ON entry.id = line.entry_id JOIN account ON account.id = line.account_id \
          WHERE entry.at <= $1 GROUP BY account.id, account.code, account.currency ORDER BY account.currency, account.code";
}

impl Store {
    /// Every account that had been booked on by then, with its sums, in the order of currencies and codes.
    pub async fn trial_balance(&self, at: Timestamp) -> Result<Vec<AccountSums>, Error> {
        self.read(move |mut view| async move {
            let rows = view.all(AT, args![at.as_microsecond()]).await?;
            rows.into_iter().map(sums).collect()
        })
        .await
    }
}

fn sums(mut row: Row) -> Result<AccountSums, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<AccountSums, String> {
        let account: Account = row.parse()?;
        let currency: Currency = row.parse()?;
        Ok(AccountSums {
            account,
            currency,
            debit_minor: row.next::<i64>()?.into(),
            credit_minor: row.next::<i64>()?.into(),
        })
    };
    read().map_err(|why| corrupt("account", &id, why))
}
