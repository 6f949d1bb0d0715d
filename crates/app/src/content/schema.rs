//! The published JSON Schema of content files: one definition per kind of file.

use super::model::{Claim, ComparisonText, Criterion, EditionHead, Provenance, Role, Source, Technology};
use earnest_compare::evidence::{Metric, Observation, Rule};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The schema of every kind of content file, as one document keyed by the file's pattern.
///
/// # Errors
/// When a schema cannot be written as JSON.
pub fn schema() -> Result<String, serde_json::Error> {
    let mut files = Map::new();
    for (name, schema) in [
        ("technologies", list::<Technology>("technology")?),
        ("criteria", list::<Criterion>("criterion")?),
        ("sources", list::<Source>("source")?),
    ] {
        files.insert(format!("{name}.toml"), schema.clone());
        files.insert(format!("{name}/*.toml"), schema);
    }
    files.insert(
        "evidence/*/*.toml".into(),
        serde_json::to_value(of::<EvidenceFile>())?,
    );
    files.insert(
        "comparisons/*/comparison.toml".into(),
        serde_json::to_value(of::<ComparisonText>())?,
    );
    files.insert("comparisons/*/claims.toml".into(), list::<Claim>("claim")?);
    files.insert(
        "comparisons/*/editions/*.toml".into(),
        serde_json::to_value(of::<EditionHead>())?,
    );
    files.insert("provenance/*.toml".into(), list::<Provenance>("provenance")?);
    files.insert("roles/*.toml".into(), serde_json::to_value(of::<Role>())?);
    let document = json!({
        "title": "Content files of Earnest",
        "description": "One JSON Schema (2020-12) per kind of TOML file. `earnest content check` also checks what a schema cannot: references, dates, licences, sample sizes, and that texts say what is computed.",
        "files": files,
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

/// A file of a release of evidence.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EvidenceFile {
    /// What is counted.
    metric: Option<Vec<Metric>>,
    /// How counts become scores.
    rule: Option<Rule>,
    /// What was observed.
    observation: Option<Vec<Observation>>,
}

fn of<T: JsonSchema>() -> schemars::Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// A file that holds nothing but `[[name]]` tables.
fn list<T: JsonSchema>(name: &str) -> Result<Value, serde_json::Error> {
    let mut item = serde_json::to_value(of::<T>())?;
    let definitions = item.as_object_mut().and_then(|object| object.remove("$defs"));
    let mut file = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {name: {"type": "array", "items": item}},
        "additionalProperties": false,
    });
    if let (Some(object), Some(definitions)) = (file.as_object_mut(), definitions) {
        object.insert("$defs".into(), definitions);
    }
    Ok(file)
}
