//! Amounts in JSON, looked at before anything is read from it, so that each mistake gets a refusal of its own.

use serde_json::Value;

use super::Currency;
use crate::refusal::Refusal;

/// Looks at every `amount_minor`, `…_minor` and `currency` anywhere in a document. A number that is not whole, a text, a
/// list or nothing is unclear; what 64 bits do not hold is too large; a currency must be one of ISO 4217.
pub fn check_amounts(document: &Value) -> Result<(), Refusal> {
    match document {
        Value::Array(items) => items.iter().try_for_each(check_amounts),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            if name == "amount_minor" || name.ends_with("_minor") {
                amount(value)
            } else if name == "currency" {
                currency(value)
            } else {
                check_amounts(value)
            }
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

fn amount(value: &Value) -> Result<(), Refusal> {
    match value {
        Value::Number(number) if number.is_i64() => Ok(()),
        Value::Number(number) if number.is_u64() => Err(Refusal::AmountTooLarge),
        Value::Number(_)
        | Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Err(Refusal::AmountUnclear),
    }
}

fn currency(value: &Value) -> Result<(), Refusal> {
    let known = value
        .as_str()
        .is_some_and(|code| code.parse::<Currency>().is_ok());
    if known {
        Ok(())
    } else {
        Err(Refusal::UnknownCurrency)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_mistake_has_its_refusal() {
        let of = |amount: Value, currency: Value| {
            check_amounts(&json!({ "a": [{ "amount_minor": amount, "currency": currency }] }))
        };
        assert_eq!(of(json!(5), json!("JPY")), Ok(()));
        assert_eq!(of(json!(-5), json!("JPY")), Ok(()), "refused where it is used");
        for unclear in [
            json!(0.5),
            json!(1e3),
            json!(1e40),
            json!("1"),
            json!("١"),
            json!(null),
            json!([]),
            json!({}),
            json!(true),
        ] {
            assert_eq!(
                of(unclear.clone(), json!("JPY")),
                Err(Refusal::AmountUnclear),
                "{unclear}"
            );
        }
        assert_eq!(of(json!(u64::MAX), json!("JPY")), Err(Refusal::AmountTooLarge));
        for unknown in [json!("QQQ"), json!("usd"), json!(1), json!(null)] {
            assert_eq!(
                of(json!(5), unknown.clone()),
                Err(Refusal::UnknownCurrency),
                "{unknown}"
            );
        }
        assert_eq!(
            check_amounts(&json!({ "price_minor": 1.5 })),
            Err(Refusal::AmountUnclear)
        );
    }
}
