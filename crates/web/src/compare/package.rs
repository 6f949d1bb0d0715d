//! A comparison as one archive: data, metadata, sources, picture, and a README that says how to cite and read it.

use std::fmt::Write as _;

use earnest_app::comparison::citation::Cited;
use earnest_app::comparison::package::{Packed, metadata, readme, sources_csv};
use earnest_app::comparison::{Analysis, document, export};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::drawing::drawing;
use crate::Web;
use crate::archive::Archive;
use crate::problem::Problem;

/// A file before it is packed.
struct File {
    name: &'static str,
    about: &'static str,
    bytes: Vec<u8>,
    sha256: String,
}

impl File {
    fn new(name: &'static str, about: &'static str, text: String) -> Self {
        let bytes = text.into_bytes();
        let digest = Sha256::digest(&bytes);
        let sha256 = digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // writing to a String cannot fail
            write!(hex, "{byte:02x}").unwrap_or_default();
            hex
        });
        Self {
            name,
            about,
            bytes,
            sha256,
        }
    }

    fn packed(&self) -> Packed<'_> {
        Packed {
            name: self.name,
            about: self.about,
            sha256: &self.sha256,
            bytes: self.bytes.len(),
        }
    }
}

/// The archive of an analysis. Its files are as old as the edition, so that the same state gives the same bytes.
pub(crate) fn package(web: &Web, analysis: &Analysis<'_>, address: &str) -> Result<Vec<u8>, Problem> {
    let cited = Cited {
        site: &web.site.name,
        address,
    };
    let document = document::document(analysis).map_err(Problem::broken)?;
    let document = document.read_elsewhere(address);
    let mut files = vec![
        File::new(
            "comparison.json",
            "the whole derivation at this state: weights, scores, verdict, rules, observations",
            serde_json::to_string_pretty(&document).map_err(Problem::broken)?,
        ),
        File::new(
            "observations.csv",
            "every observation with its score and source, one row each",
            export::csv(analysis, address),
        ),
        File::new(
            "sources.csv",
            "every source with its licence",
            sources_csv(analysis, cited),
        ),
        File::new(
            "comparison.svg",
            "verdict, totals and scores as a picture",
            drawing(web, analysis, address)?.svg,
        ),
    ];
    let described: Vec<Packed<'_>> = files.iter().map(File::packed).collect();
    let described = metadata(analysis, cited, &described).map_err(Problem::broken)?;
    files.push(File::new(
        "metadata.json",
        "edition, state, columns, licence, and the sums of the other files",
        serde_json::to_string_pretty(&described).map_err(Problem::broken)?,
    ));
    let listed: Vec<Packed<'_>> = files.iter().map(File::packed).collect();
    let text = readme(analysis, cited, &listed);
    files.insert(0, File::new("README.md", "this text", text));
    let folder = format!(
        "{}-edition-{}",
        analysis.comparison.text.slug, analysis.edition.edition.head.number
    );
    pack(&folder, &files, moment(&analysis.edition.edition.head.date)).map_err(Problem::broken)
}

fn pack(folder: &str, files: &[File], moment: Timestamp) -> std::io::Result<Vec<u8>> {
    let mut archive = Archive::new(moment);
    for file in files {
        archive.begin(format!("{folder}/{}", file.name))?;
        archive.write(&file.bytes)?;
    }
    archive.finish()?;
    archive.take()
}

/// The beginning of a day, in UTC.
fn moment(date: &str) -> Timestamp {
    let day = date.parse::<Date>().ok();
    let zoned = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    zoned.map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests;
