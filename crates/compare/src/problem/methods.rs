//! The methods asked for with their options, and where the weights come from.

use serde_json::{Map, Value};

use super::read::{self, Path, Refusals};
use super::{
    Asked, Code, Engine, Limits, Linear, Method, Normalization, Outside, Prior, Rejection, Smaa, Weighting,
};

const ALL: [Normalization; 6] = [
    Normalization::Fixed,
    Normalization::MinMax,
    Normalization::Ratio,
    Normalization::Sum,
    Normalization::Vector,
    Normalization::None,
];
const PRODUCT: [Normalization; 2] = [Normalization::Ratio, Normalization::Sum];
const TOPSIS: [Normalization; 3] = [Normalization::Vector, Normalization::MinMax, Normalization::Fixed];
const SMAA: [Normalization; 5] = [
    Normalization::Fixed,
    Normalization::MinMax,
    Normalization::Ratio,
    Normalization::Sum,
    Normalization::None,
];

const DRAWS: u64 = 1_000_000;
const SEED: u64 = 42;

pub(super) fn read(
    value: &Value,
    criteria: &[&str],
    limits: Limits,
    later: &mut Refusals,
) -> Result<Vec<Asked>, Rejection> {
    let root = Path::root();
    let at = root.key("methods");
    let mut all = Vec::new();
    let empty = Map::new();
    for (index, value) in read::filled_list(value, &at)?.iter().enumerate() {
        let at = at.index(index);
        let (name, object) = if let Value::String(name) = value {
            (name.as_str(), &empty)
        } else {
            let object = read::object(value, &at)?;
            (
                read::string(read::required(object, &at, "method")?, &at.key("method"))?,
                object,
            )
        };
        let mut reader = Reader {
            object,
            at: &at,
            criteria,
            limits,
            later,
        };
        let key = reader
            .object
            .get("as")
            .map(|value| read::string(value, &at.key("as")))
            .transpose()?;
        if let Some(method) = reader.method(name)? {
            all.push(Asked {
                key: key.unwrap_or(name).to_owned(),
                method,
            });
        }
    }
    Ok(all)
}

struct Reader<'r> {
    object: &'r Map<String, Value>,
    at: &'r Path<'r>,
    criteria: &'r [&'r str],
    limits: Limits,
    later: &'r mut Refusals,
}

impl Reader<'_> {
    fn method(&mut self, name: &str) -> Result<Option<Method>, Rejection> {
        let keys: &[&str] = match name {
            "weighted_sum" => &["method", "as", "normalization", "outside"],
            "weighted_product" | "topsis" => &["method", "as", "normalization"],
            "vikor" => &["method", "as", "v"],
            "promethee2" => &["method", "as"],
            "smaa" => &["method", "as", "value", "engine", "draws", "seed", "weights"],
            "stability" => &["method", "as", "of", "normalization"],
            _ => {
                let message = format!(
                    "There is no method \"{name}\": use weighted_sum, weighted_product, topsis, vikor, promethee2, smaa or stability."
                );
                self.later.add(Code::Method, message, self.at);
                return Ok(None);
            }
        };
        read::known_keys(self.object, self.at, keys)?;
        Ok(Some(match name {
            "weighted_sum" => Method::WeightedSum {
                normalization: self.normalization("normalization", &ALL)?,
                outside: self.outside()?,
            },
            "weighted_product" => Method::WeightedProduct {
                normalization: self.normalization("normalization", &PRODUCT)?,
            },
            "topsis" => Method::Topsis {
                normalization: self.normalization("normalization", &TOPSIS)?,
            },
            "vikor" => Method::Vikor { v: self.v()? },
            "smaa" => Method::Smaa(self.smaa()?),
            "stability" => Method::Stability {
                of: self.of()?,
                normalization: self.normalization("normalization", &ALL)?,
            },
            _ => Method::Promethee,
        }))
    }

    /// One of some words, the first if the key is not there.
    fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> Result<T, Rejection> {
        let Some(value) = self.object.get(key) else {
            return Ok(default);
        };
        let at = self.at.key(key);
        let word = read::string(value, &at)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        Ok(found.map_or_else(
            || {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                self.later.add(
                    Code::Option,
                    format!("Use one of \"{}\" here.", names.join("\", \"")),
                    &at,
                );
                default
            },
            |(_, choice)| *choice,
        ))
    }

    fn normalization(
        &mut self,
        key: &'static str,
        allowed: &[Normalization],
    ) -> Result<Normalization, Rejection> {
        let choices: Vec<(&str, Normalization)> = allowed.iter().map(|one| (one.name(), *one)).collect();
        let default = allowed.first().copied().unwrap_or(Normalization::Fixed);
        self.choice(key, &choices, default)
    }

    fn outside(&mut self) -> Result<Outside, Rejection> {
        let choices = [
            ("error", Outside::Error),
            ("clip", Outside::Clip),
            ("extend", Outside::Extend),
        ];
        self.choice("outside", &choices, Outside::Error)
    }

    fn of(&mut self) -> Result<Linear, Rejection> {
        let choices = [
            ("weighted_sum", Linear::WeightedSum),
            ("promethee2", Linear::Promethee),
        ];
        self.choice("of", &choices, Linear::WeightedSum)
    }

    fn v(&mut self) -> Result<f64, Rejection> {
        let at = self.at.key("v");
        let v = self
            .object
            .get("v")
            .map_or(Ok(0.5), |value| read::number(value, &at))?;
        if !(0.0..=1.0).contains(&v) {
            self.later
                .add(Code::Option, "The weight v must lie between 0 and 1.", &at);
        }
        Ok(v)
    }

    fn smaa(&mut self) -> Result<Smaa, Rejection> {
        let value = self.normalization("value", &SMAA)?;
        let engines = [
            ("auto", Engine::Auto),
            ("exact", Engine::Exact),
            ("monte_carlo", Engine::MonteCarlo),
        ];
        let engine = self.choice("engine", &engines, Engine::Auto)?;
        let (at_draws, at_seed) = (self.at.key("draws"), self.at.key("seed"));
        let most = self.limits.draws_max;
        let draws = self
            .object
            .get("draws")
            .map_or(Ok(DRAWS.min(most)), |value| read::whole(value, &at_draws))?;
        if draws > most {
            return Err(at_draws.shape(format!("There may be at most {most} draws.")));
        }
        if draws == 0 {
            self.later
                .add(Code::Option, "There must be at least one draw.", &at_draws);
        }
        let seed = self
            .object
            .get("seed")
            .map_or(Ok(SEED), |value| read::whole(value, &at_seed))?;
        Ok(Smaa {
            value,
            engine,
            draws,
            seed,
            weights: self.prior()?,
        })
    }

    fn prior(&mut self) -> Result<Prior, Rejection> {
        let Some(value) = self.object.get("weights") else {
            return Ok(Prior::Uniform);
        };
        let at = self.at.key("weights");
        let object = read::object(value, &at)?;
        match read::string(read::required(object, &at, "type")?, &at.key("type"))? {
            "uniform" => read::known_keys(object, &at, &["type"]).map(|()| Prior::Uniform),
            "dirichlet" => {
                read::known_keys(object, &at, &["type", "alpha"])?;
                self.alpha(read::required(object, &at, "alpha")?, &at.key("alpha"))
            }
            "ordinal" => {
                read::known_keys(object, &at, &["type", "order"])?;
                let at = at.key("order");
                let tiers = order(
                    read::required(object, self.at, "order")?,
                    &at,
                    self.criteria,
                    self.later,
                )?;
                if tiers.iter().any(|tier| tier.len() > 1) {
                    self.later
                        .add(Code::Option, "This order must not contain ties.", &at);
                }
                Ok(Prior::Ordinal(tiers.into_iter().flatten().collect()))
            }
            _ => {
                self.later.add(
                    Code::Option,
                    "The type is uniform, dirichlet or ordinal.",
                    &at.key("type"),
                );
                Ok(Prior::Uniform)
            }
        }
    }

    fn alpha(&mut self, value: &Value, at: &Path<'_>) -> Result<Prior, Rejection> {
        let list = read::list(value, at)?;
        if list.len() != self.criteria.len() {
            return Err(at.shape(format!(
                "Write one number per criterion: {}.",
                self.criteria.len()
            )));
        }
        let number = |(index, value): (usize, &Value)| read::number(value, &at.index(index));
        let alpha: Vec<f64> = list
            .iter()
            .enumerate()
            .map(number)
            .collect::<Result<_, Rejection>>()?;
        if let Some(wrong) = alpha.iter().position(|alpha| !(1e-3..=1e6).contains(alpha)) {
            self.later.add(
                Code::Option,
                "A Dirichlet parameter must lie between 0.001 and 1000000.",
                &at.index(wrong),
            );
        }
        Ok(Prior::Dirichlet(alpha))
    }
}

impl Normalization {
    fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::MinMax => "minmax",
            Self::Ratio => "ratio",
            Self::Sum => "sum",
            Self::Vector => "vector",
            Self::None => "none",
        }
    }
}

/// Tiers of criteria, most important first: each entry is an index, a name, or a list of tied ones.
fn order(
    value: &Value,
    at: &Path<'_>,
    criteria: &[&str],
    later: &mut Refusals,
) -> Result<Vec<Vec<usize>>, Rejection> {
    let mut tiers = Vec::new();
    for (index, entry) in read::list(value, at)?.iter().enumerate() {
        let at = at.index(index);
        let together = entry
            .as_array()
            .map_or_else(|| std::slice::from_ref(entry), Vec::as_slice);
        let mut tier = Vec::new();
        for value in together {
            let place = match value {
                Value::String(name) => criteria.iter().position(|criterion| criterion == name),
                _ => usize::try_from(read::whole(value, &at)?)
                    .ok()
                    .filter(|place| *place < criteria.len()),
            };
            match place {
                Some(place) => tier.push(place),
                None => later.add(Code::Option, "There is no such criterion.", &at),
            }
        }
        tiers.push(tier);
    }
    let mut all: Vec<usize> = tiers.iter().flatten().copied().collect();
    if all.len() < criteria.len() {
        later.add(Code::Option, "The order must name every criterion.", at);
    }
    all.sort_unstable();
    if all.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
        later.add(Code::Option, "The order names a criterion twice.", at);
    }
    tiers.retain(|tier| !tier.is_empty());
    Ok(tiers)
}

pub(super) fn weighting(
    options: Option<&Value>,
    criteria: &[&str],
    later: &mut Refusals,
) -> Result<Weighting, Rejection> {
    let root = Path::root();
    let at = root.key("options");
    let Some(options) = options else {
        return Ok(Weighting::Given);
    };
    let options = read::object(options, &at)?;
    read::known_keys(options, &at, &["weighting"])?;
    let Some(value) = options.get("weighting") else {
        return Ok(Weighting::Given);
    };
    let at = at.key("weighting");
    let object = read::object(value, &at)?;
    read::known_keys(object, &at, &["method", "order", "pairwise"])?;
    let name = object
        .get("method")
        .map_or(Ok("given"), |value| read::string(value, &at.key("method")))?;
    match name {
        "given" => Ok(Weighting::Given),
        "equal" => Ok(Weighting::Equal),
        "entropy" => Ok(Weighting::Entropy),
        "critic" => Ok(Weighting::Critic),
        "roc" | "rank_sum" | "rank_reciprocal" => {
            let Some(value) = object.get("order") else {
                later.add(
                    Code::Option,
                    "This weighting needs \"order\", from the most to the least important.",
                    &at,
                );
                return Ok(Weighting::Given);
            };
            let tiers = order(value, &at.key("order"), criteria, later)?;
            Ok(match name {
                "roc" => Weighting::Centroid(tiers),
                "rank_sum" => Weighting::RankSum(tiers),
                _ => Weighting::RankReciprocal(tiers),
            })
        }
        "ahp" => pairwise(object.get("pairwise"), &at, criteria.len(), later),
        _ => {
            let message = "Use given, equal, entropy, critic, roc, rank_sum, rank_reciprocal or ahp.";
            later.add(Code::Option, message, &at.key("method"));
            Ok(Weighting::Given)
        }
    }
}

fn pairwise(
    value: Option<&Value>,
    at: &Path<'_>,
    criteria: usize,
    later: &mut Refusals,
) -> Result<Weighting, Rejection> {
    let Some(value) = value else {
        later.add(
            Code::Option,
            "This weighting needs \"pairwise\", a table of comparisons.",
            at,
        );
        return Ok(Weighting::Given);
    };
    let at = at.key("pairwise");
    let wrong = || at.shape(format!("The table needs {criteria} rows of {criteria} numbers."));
    let mut table = Vec::new();
    for (index, row) in read::list(value, &at)?.iter().enumerate() {
        let at = at.index(index);
        let number = |(column, value): (usize, &Value)| read::number(value, &at.index(column));
        let row: Vec<f64> = read::list(row, &at)?
            .iter()
            .enumerate()
            .map(number)
            .collect::<Result<_, Rejection>>()?;
        if row.len() != criteria {
            return Err(wrong());
        }
        table.push(row);
    }
    if table.len() != criteria {
        return Err(wrong());
    }
    check_reciprocal(&table, &at, later);
    Ok(Weighting::Pairwise(table))
}

/// Comparisons must be positive and the two of a pair each other's reciprocal (within a rounding such as 0.33).
fn check_reciprocal(table: &[Vec<f64>], at: &Path<'_>, later: &mut Refusals) {
    for (row, cells) in table.iter().enumerate() {
        for (column, &cell) in cells.iter().enumerate() {
            let at_row = at.index(row);
            let opposite = table
                .get(column)
                .and_then(|cells| cells.get(row))
                .copied()
                .unwrap_or(1.0);
            if !(1e-6..=1e6).contains(&cell) {
                later.add(
                    Code::Option,
                    "A comparison must be a number above 0, such as 3 or 0.2.",
                    &at_row.index(column),
                );
            } else if !(0.95..=1.05).contains(&(cell * opposite)) {
                later.add(
                    Code::Option,
                    "The two comparisons of a pair must be reciprocal, such as 3 and 0.333.",
                    &at_row.index(column),
                );
            }
        }
    }
}
