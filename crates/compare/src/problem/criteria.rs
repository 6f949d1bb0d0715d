//! The criteria: name, direction, weight, scale and preference function.

use serde_json::{Map, Value};

use super::read::{self, Path, Refusals};
use super::{Code, Criterion, Direction, Preference, Rejection};

pub(super) fn read(value: &Value, later: &mut Refusals) -> Result<Vec<Criterion>, Rejection> {
    let root = Path::root();
    let at = root.key("criteria");
    let list = read::filled_list(value, &at)?;
    let one = |(index, value): (usize, &Value)| criterion(value, &at.index(index), later);
    let criteria: Vec<Criterion> = list
        .iter()
        .enumerate()
        .map(one)
        .collect::<Result<_, Rejection>>()?;
    later.repeated(criteria.iter().map(|criterion| criterion.name.as_str()), &at);
    if criteria.iter().all(|criterion| criterion.weight <= 0.0) {
        later.add(Code::Weights, "At least one weight must be more than 0.", &at);
    }
    Ok(criteria)
}

fn criterion(value: &Value, at: &Path<'_>, later: &mut Refusals) -> Result<Criterion, Rejection> {
    let object = read::object(value, at)?;
    read::known_keys(
        object,
        at,
        &["name", "direction", "weight", "scale", "preference"],
    )?;
    let name = read::string(read::required(object, at, "name")?, &at.key("name"))?.to_owned();
    let direction = direction(object.get("direction"), at, later)?;
    let weight = object
        .get("weight")
        .map_or(Ok(1.0), |value| read::number(value, &at.key("weight")))?;
    if weight < 0.0 {
        later.add(Code::Weights, "A weight must be 0 or more.", &at.key("weight"));
    }
    let scale = object
        .get("scale")
        .map(|value| scale(value, &at.key("scale"), later))
        .transpose()?;
    let preference = match object.get("preference") {
        Some(value) => preference(value, &at.key("preference"), later)?,
        None => Preference::Usual,
    };
    Ok(Criterion {
        name,
        direction,
        weight,
        scale,
        preference,
    })
}

fn direction(value: Option<&Value>, at: &Path<'_>, later: &mut Refusals) -> Result<Direction, Rejection> {
    let word = value
        .map(|value| read::string(value, &at.key("direction")))
        .transpose()?;
    match word {
        Some("benefit") => Ok(Direction::Benefit),
        Some("cost") => Ok(Direction::Cost),
        _ => {
            later.add(
                Code::Direction,
                "The direction is \"benefit\" or \"cost\".",
                &at.key("direction"),
            );
            Ok(Direction::Benefit)
        }
    }
}

fn scale(value: &Value, at: &Path<'_>, later: &mut Refusals) -> Result<(f64, f64), Rejection> {
    let [low, high] = read::list(value, at)?.as_slice() else {
        return Err(at.shape("A scale has two ends: [low, high]."));
    };
    let ends = (
        read::number(low, &at.index(0))?,
        read::number(high, &at.index(1))?,
    );
    if ends.0 >= ends.1 {
        later.add(
            Code::Scale,
            "The scale is empty: write its lower end first and a higher one after it.",
            at,
        );
    }
    Ok(ends)
}

fn preference(value: &Value, at: &Path<'_>, later: &mut Refusals) -> Result<Preference, Rejection> {
    let object = read::object(value, at)?;
    let kind = read::string(read::required(object, at, "type")?, &at.key("type"))?;
    let keys: &[&str] = match kind {
        "usual" => &["type"],
        "ushape" => &["type", "q"],
        "vshape" => &["type", "p"],
        "level" | "linear" => &["type", "q", "p"],
        "gaussian" => &["type", "s"],
        _ => {
            let message = "The type is one of usual, ushape, vshape, level, linear and gaussian.";
            later.add(Code::Preference, message, &at.key("type"));
            return Ok(Preference::Usual);
        }
    };
    read::known_keys(object, at, keys)?;
    let mut threshold = |key: &'static str| threshold(object, at, key, later);
    let preference = match kind {
        "ushape" => Preference::UShape { q: threshold("q")? },
        "vshape" => Preference::VShape { p: threshold("p")? },
        "level" => Preference::Level {
            q: threshold("q")?,
            p: threshold("p")?,
        },
        "linear" => Preference::Linear {
            q: threshold("q")?,
            p: threshold("p")?,
        },
        "gaussian" => Preference::Gaussian { s: threshold("s")? },
        _ => Preference::Usual,
    };
    let (Preference::Level { q, p } | Preference::Linear { q, p }) = preference else {
        return Ok(preference);
    };
    if q > p {
        later.add(Code::Preference, "The threshold q must not be above p.", at);
    }
    Ok(preference)
}

fn threshold(
    object: &Map<String, Value>,
    at: &Path<'_>,
    key: &'static str,
    later: &mut Refusals,
) -> Result<f64, Rejection> {
    let Some(value) = object.get(key) else {
        later.add(
            Code::Preference,
            format!("This preference function needs \"{key}\"."),
            at,
        );
        return Ok(1.0);
    };
    let number = read::number(value, &at.key(key))?;
    if number < 0.0 || (key != "q" && number <= 0.0) {
        let least = if key == "q" { "0 or more" } else { "more than 0" };
        later.add(
            Code::Preference,
            format!("The threshold {key} must be {least}."),
            &at.key(key),
        );
    }
    Ok(number)
}
