//! Profiles out of a table that an operator brings along: comma-, semicolon- or tab-separated, one expert a line, columns
//! by their names. The file is taken whole or not at all, and everything wrong with it is said at once.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Draft, Profile, TypedSkill};
use crate::bank::rows_of_table;
use crate::money::Currency;
use crate::person::{self, Email};

/// Columns that must be there.
const NEEDED: [&str; 7] = [
    "email",
    "name",
    "headline",
    "about",
    "skills",
    "languages",
    "time_zone",
];
/// Columns that may be there.
const OPTIONAL: [&str; 3] = ["rate", "available_from", "hours_a_week"];
/// Experts of one file at most.
const MOST: usize = 2_000;

/// An expert of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In the file, from 1.
    pub line: usize,
    /// Whose profile it is.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// What it says. Search engines may not find it before the expert agrees.
    pub profile: Profile,
}

/// Why a line is not taken, and with it the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Fault {
    /// In the file, from 1.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub why: String,
}

fn fault(line: usize, why: impl Into<String>) -> Fault {
    Fault {
        line,
        why: why.into(),
    }
}

/// Reads a whole file, or says of every line what is wrong with it.
pub fn parse(text: &str, today: Date, currency: Currency) -> Result<Vec<Row>, Vec<Fault>> {
    let table = rows_of_table(text).map_err(|wrong| vec![fault(wrong.number, wrong.why)])?;
    let mut table = table.into_iter();
    let Some((first, header)) = table.next() else {
        return Err(vec![fault(1, "the file is empty")]);
    };
    let columns = columns(&header).map_err(|why| vec![fault(first, why)])?;
    let (mut rows, mut faults): (Vec<Row>, Vec<Fault>) = (Vec::new(), Vec::new());
    for (line, cells) in table {
        if cells.len() > header.len() {
            faults.push(fault(
                line,
                "it has more fields than the first line names; quote those with a separator in them",
            ));
            continue;
        }
        match row(line, &|name| cell(&columns, &cells, name), (today, currency)) {
            Ok(row) => match rows.iter().find(|known| known.email == row.email) {
                Some(known) => faults.push(fault(
                    line,
                    format!("email: {} stands in line {} already", row.email, known.line),
                )),
                None => rows.push(row),
            },
            Err(wrong) => faults.extend(wrong),
        }
    }
    if rows.len() > MOST {
        faults.push(fault(
            1,
            format!("these are {} experts; a file has at most {MOST}", rows.len()),
        ));
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(fault(first, "no expert stands below the names of the columns"));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn columns(header: &[String]) -> Result<BTreeMap<String, usize>, String> {
    let names = header
        .iter()
        .map(|name| name.to_ascii_lowercase().replace(' ', "_"));
    let columns: BTreeMap<String, usize> = names.zip(0..).collect();
    let missing = NEEDED.into_iter().filter(|name| !columns.contains_key(*name));
    let missing: Vec<&str> = missing.collect();
    let known = |name: &str| NEEDED.contains(&name) || OPTIONAL.contains(&name);
    let odd: Vec<&str> = columns
        .keys()
        .map(String::as_str)
        .filter(|name| !known(name))
        .collect();
    if !missing.is_empty() {
        return Err(format!("these columns are missing: {}", missing.join(", ")));
    }
    if !odd.is_empty() || columns.len() < header.len() {
        return Err(format!(
            "these columns are not known, or stand there twice: {}; known are {} and {}",
            odd.join(", "),
            NEEDED.join(", "),
            OPTIONAL.join(", ")
        ));
    }
    Ok(columns)
}

fn cell<'c>(columns: &BTreeMap<String, usize>, cells: &'c [String], name: &str) -> &'c str {
    let found = columns.get(name).and_then(|place| cells.get(*place));
    found.map_or("", String::as_str)
}

fn row<'c>(
    line: usize,
    cell: &dyn Fn(&str) -> &'c str,
    (today, currency): (Date, Currency),
) -> Result<Row, Vec<Fault>> {
    let mut faults = Vec::new();
    let email: Option<Email> = match cell("email").parse() {
        Ok(email) => Some(email),
        Err(wrong) => {
            let wrong: crate::field::FieldRefusal = wrong;
            faults.push(fault(line, format!("email: {}", wrong.sentence)));
            None
        }
    };
    let name = person::name(cell("name"))
        .map_err(|wrong| faults.push(fault(line, format!("name: {}", wrong.sentence))))
        .ok();
    let text = |name: &str| cell(name).to_owned();
    let draft = Draft {
        headline: text("headline"),
        about: text("about"),
        skills: skills(cell("skills")),
        portfolio: Vec::new(),
        rate: text("rate"),
        available_from: text("available_from"),
        hours_a_week: text("hours_a_week"),
        // As between skills; commas and semicolons between them are read in any case.
        languages: text("languages").replace('|', ","),
        time_zone: text("time_zone"),
        indexed: false,
    };
    let profile = draft
        .check(today, currency)
        .map_err(|wrong| {
            let said = wrong
                .into_iter()
                .map(|wrong| fault(line, format!("{}: {}", wrong.field, wrong.sentence)));
            faults.extend(said);
        })
        .ok();
    match (email, name, profile) {
        (Some(email), Some(name), Some(profile)) => Ok(Row {
            line,
            email,
            name,
            profile,
        }),
        _ => Err(faults),
    }
}

/// `Python:10:https://example.org/work | PostgreSQL:8`: name, years, and perhaps an address.
fn skills(cell: &str) -> Vec<TypedSkill> {
    let typed = |part: &str| {
        let mut parts = part.trim().splitn(3, ':').map(str::trim);
        let mut next = || parts.next().unwrap_or_default().to_owned();
        TypedSkill {
            name: next(),
            years: next(),
            evidence: next(),
        }
    };
    cell.split('|')
        .filter(|part| !part.trim().is_empty())
        .map(typed)
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HEADER: &str = "email,name,headline,about,skills,languages,time_zone,rate\n";

    fn read(text: &str) -> Result<Vec<Row>, Vec<Fault>> {
        parse(text, date(2026, 11, 24), Currency::USD)
    }

    fn whys(text: &str) -> Vec<String> {
        let faults = read(text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_table_of_experts_is_read_with_its_quotes() {
        let text = format!(
            "{HEADER}emil@example.org,Emil,Services,\"Ten years, \nand more\",Python:10:https://example.org/a:b | SQL:8,\
             \"English, German\",UTC+1,95\n\n"
        );
        let rows = read(&text).unwrap();
        assert_eq!((rows.len(), rows[0].line), (1, 2));
        let profile = &rows[0].profile;
        assert_eq!(profile.about, "Ten years, \nand more");
        assert_eq!(
            profile.skills[0].evidence.as_deref(),
            Some("https://example.org/a:b")
        );
        assert_eq!((&*profile.skills[1].name, profile.skills[1].years), ("SQL", 8));
        assert_eq!(profile.languages, ["English", "German"]);
        assert!(!profile.indexed);
    }

    #[test]
    fn languages_are_told_apart_by_the_separator_of_skills_too() {
        for (cell, expected) in [
            ("en | de", &["en", "de"][..]),
            ("en|de | EN", &["en", "de"]),
            ("\"English, German\"", &["English", "German"]),
            ("\"English; German | French\"", &["English", "German", "French"]),
            ("English", &["English"]),
        ] {
            let text = format!("{HEADER}emil@example.org,Emil,Services,Many,Python:1,{cell},UTC,95\n");
            assert_eq!(read(&text).unwrap()[0].profile.languages, expected, "{cell}");
        }
    }

    #[test]
    fn every_fault_is_said_with_its_line() {
        let text = format!(
            "{HEADER}emil@,Emil,Services,Many,Python:x,English,UTC,95\n\
             rosa@example.org,Rosa,,Many,Go:1,English,UTC,95\n\
             hugo@example.org,Hugo,Services,Many,Go:1,English,UTC,95\n\
             HUGO@example.org,Hugo,Services,Many,Go:1,English,UTC,95\n\
             a,b,c,d,e,f,g,h,i\n"
        );
        let whys = whys(&text);
        assert_eq!(whys.len(), 5, "{whys:#?}");
        for (why, start) in whys.iter().zip([
            "line 2: email: ",
            "line 2: years_1: ",
            "line 3: headline: ",
            "line 5: email: hugo@example.org stands in line 4",
            "line 6: it has more fields",
        ]) {
            assert!(why.starts_with(start), "{why}");
        }
    }

    #[test]
    fn columns_are_told_by_name() {
        assert_eq!(whys(""), ["line 1: the file is empty"]);
        assert!(whys("email,name\n")[0].contains("missing: headline, about"));
        assert!(whys(&HEADER.replace("rate", "phone"))[0].contains("phone"));
        assert!(whys(&HEADER.replace("rate", "email"))[0].contains("twice"));
        assert!(whys(HEADER)[0].contains("no expert"));
    }
}
