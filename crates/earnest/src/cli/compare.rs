//! `earnest compare`: a comparison of the content, with your own priorities.

use anyhow::Context;
use clap::Args;
use earnest_app::comparison::{Analysis, SettingFault, State, analyse, document, export};
use earnest_app::content::{Catalogue, Comparison};
use earnest_compare::verdict::Invalid;

use super::{Settings, catalogue};

/// Which comparison, and what matters.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The name of the comparison, as in its address.
    slug: String,
    /// Weights from 0 to 1000 by criterion; those not named keep theirs.
    #[arg(long, value_name = "CRITERION=WEIGHT,…", value_delimiter = ',')]
    weights: Vec<String>,
    /// A named set of weights to start from.
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Exclude options that lack this; may be given several times.
    #[arg(long, value_name = "NAME")]
    must: Vec<String>,
    /// The evidence as it was in this edition.
    #[arg(long, value_name = "NUMBER")]
    edition: Option<String>,
    /// Decide on the editor's scores instead of the evidence.
    #[arg(long)]
    editor: bool,
    /// The whole derivation as JSON: what the API answers, and a line end.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(settings: &Settings, asked: &Compare) -> anyhow::Result<()> {
    let config = settings.read()?;
    let catalogue = catalogue::read(config.content.as_deref())?;
    let comparison = catalogue
        .comparison(&asked.slug)
        .with_context(|| unknown(&catalogue, &asked.slug))?;
    let analysis = analysis(&catalogue, comparison, asked)?;
    if asked.json {
        println!("{}", serde_json::to_string(&document::document(&analysis)?)?);
    } else {
        let query = analysis.state.full_query(comparison);
        print!(
            "{}",
            export::markdown(&analysis, &format!("/compare/{}?{query}", asked.slug))
        );
    }
    Ok(())
}

fn unknown(catalogue: &Catalogue, slug: &str) -> String {
    let known: Vec<&str> = catalogue
        .comparisons
        .iter()
        .map(|c| c.text.slug.as_str())
        .collect();
    format!("there is no comparison `{slug}`; there is: {}", known.join(", "))
}

fn analysis<'a>(
    catalogue: &'a Catalogue,
    comparison: &'a Comparison,
    asked: &Compare,
) -> anyhow::Result<Analysis<'a>> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for weight in &asked.weights {
        let (criterion, value) = weight
            .split_once('=')
            .with_context(|| format!("--weights: `{weight}` is not of the form performance=3"))?;
        pairs.push((format!("w.{}", criterion.trim()), value.trim().to_owned()));
    }
    let named = [("preset", &asked.preset), ("edition", &asked.edition)];
    pairs.extend(
        named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))),
    );
    pairs.extend(asked.must.iter().map(|id| ("must".to_owned(), id.clone())));
    if asked.editor {
        pairs.push(("scores".to_owned(), "editor".to_owned()));
    }
    let state = State::parse(comparison, &pairs).map_err(|faults| unusable(&faults))?;
    analyse(catalogue, comparison, state).map_err(|invalid| match invalid {
        Invalid::NoOption => {
            anyhow::anyhow!("these must-haves together exclude every option; take one of them away")
        }
        other => anyhow::Error::from(other).context("nothing can be compared at these settings"),
    })
}

/// One mistake is one line; several have a line each.
fn unusable(faults: &[SettingFault]) -> anyhow::Error {
    let said: Vec<String> = faults
        .iter()
        .map(|f| format!("{}: {}", f.key, f.sentence))
        .collect();
    match said.as_slice() {
        [one] => anyhow::anyhow!("this setting cannot be used: {one}"),
        all => anyhow::anyhow!("these settings cannot be used:\n  {}", all.join("\n  ")),
    }
}
