use super::*;
use crate::comparison::document::document;
use crate::comparison::{Analysis, State, analyse};
use crate::content::{Catalogue, embedded};

fn pairs(query: &str) -> Vec<(String, String)> {
    let each = query.split('&').filter(|pair| !pair.is_empty());
    each.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.to_owned(), value.replace('+', " "))
    })
    .collect()
}

fn catalogue() -> Catalogue {
    Catalogue::read(&embedded()).unwrap()
}

fn at<'a>(catalogue: &'a Catalogue, query: &str) -> Analysis<'a> {
    let comparison = &catalogue.comparisons[0];
    let state =
        State::parse(comparison, &pairs(query)).unwrap_or_else(|faults| panic!("{query}: {faults:?}"));
    analyse(catalogue, comparison, state).unwrap()
}

fn codes(catalogue: &Catalogue, query: &str) -> Vec<String> {
    let faults = State::parse(&catalogue.comparisons[0], &pairs(query)).unwrap_err();
    faults
        .into_iter()
        .map(|fault| format!("{} {}", fault.key, fault.code))
        .collect()
}

#[test]
fn every_question_begins_as_a_sentence_does() {
    let catalogue = catalogue();
    let analysis = at(&catalogue, "keep=python&months.nodejs=3");
    assert_eq!(analysis.question(SWITCHING), SWITCHING_QUESTION);
    for slug in &analysis.edition.edition.criteria {
        let question = analysis.question(slug);
        assert!(question.starts_with(char::is_uppercase), "{slug}: {question}");
    }
}

/// C16: whoever has Node.js and has far to go stays with it, and who has Python too: what one has can win.
#[test]
fn what_one_has_can_win() {
    let catalogue = catalogue();
    for (mine, other) in [("python", "nodejs"), ("nodejs", "python")] {
        let analysis = at(
            &catalogue,
            &format!("keep={mine}&months.{other}=24&w.switching-cost=6"),
        );
        let leader = analysis.verdict.leader.unwrap();
        assert_eq!(analysis.table.options[leader], mine);
        assert!(
            analysis.headline.lead.contains(" (kept)"),
            "{}",
            analysis.headline.lead
        );
    }
    // and where the switch costs nothing, having one of them decides nothing
    let free = at(&catalogue, "keep=python&months.nodejs=0&w.switching-cost=6");
    let plain = at(&catalogue, "");
    assert_eq!(free.verdict.leader, plain.verdict.leader);
}

#[test]
fn something_else_is_a_column_of_its_own() {
    let catalogue = catalogue();
    let query = "keep=other&keep.name=PHP+on+one+server&months.python=12&months.nodejs=6&now.performance=9&now.data-science=9\
                 &now.full-stack=9&now.talent=9&now.learning-curve=9&now.ecosystem=9";
    let analysis = at(&catalogue, query);
    assert_eq!(analysis.table.options, ["python", "nodejs", KEPT]);
    assert_eq!(analysis.option_names[2], "PHP on one server");
    assert_eq!(
        analysis.table.criteria.last().map(String::as_str),
        Some(SWITCHING)
    );
    assert_eq!(
        analysis.criterion_labels.last().map(String::as_str),
        Some("Switching cost")
    );
    let switching: Vec<f64> = analysis
        .table
        .scores
        .iter()
        .map(|row| row.last().copied().flatten().unwrap().point)
        .collect();
    assert_eq!(switching, [5.0, 7.5, 10.0]);
    let own = analysis.table.scores[2][0].unwrap();
    assert_eq!((own.low, own.point, own.high), (8.0, 9.0, 10.0));
    assert_eq!(analysis.verdict.leader, Some(2));
    // a seventh of the weight is the reader's for all three, and six sevenths for the third
    let [.., mine] = analysis.weight_by_kind();
    assert!((mine - (1.0 / 7.0 + 6.0 / 7.0 / 3.0)).abs() < 1e-12, "{mine}");
}

/// C3: nothing that a reader says of their own stack moves a score of another option.
#[test]
fn the_scores_of_the_options_stay() {
    let catalogue = catalogue();
    let plain = at(&catalogue, "");
    for query in [
        "keep=python&months.nodejs=3",
        "keep=other&now.performance=0",
        "keep=other&scores=editor",
    ] {
        let analysis = at(&catalogue, query);
        let editor = at(&catalogue, "scores=editor");
        let same = if query.contains("editor") { &editor } else { &plain };
        for (row, before) in analysis.table.scores.iter().zip(&same.table.scores) {
            assert_eq!(&row[..before.len()], before.as_slice(), "{query}");
        }
    }
}

#[test]
fn what_the_reader_did_not_say_is_not_compared() {
    let catalogue = catalogue();
    let analysis = at(&catalogue, "keep=python");
    assert_eq!(analysis.not_compared(), ["Switching cost"]);
    let analysis = at(
        &catalogue,
        "keep=other&months.python=1&months.nodejs=2&now.talent=5",
    );
    let compared: Vec<&str> = analysis
        .verdict
        .totals
        .compared
        .iter()
        .map(|at| analysis.table.criteria[*at].as_str())
        .collect();
    assert_eq!(compared, ["talent", SWITCHING]);
    assert_eq!(analysis.headline.lead.split(':').next(), Some("Cannot tell"));
}

#[test]
fn a_state_comes_back_from_its_address() {
    let catalogue = catalogue();
    let comparison = &catalogue.comparisons[0];
    let written = |query: &str| State::parse(comparison, &pairs(query)).unwrap().query(comparison);
    assert_eq!(
        written("keep=python&months.python=3&now.talent=3&months.nodejs=6"),
        "keep=python&months.nodejs=6"
    );
    assert_eq!(
        written("keep=&keep.name=x&months.nodejs=6&w.switching-cost=3"),
        ""
    );
    assert_eq!(
        written("keep=other&keep.name=&now.talent=&months.python="),
        "keep=other"
    );
    assert_eq!(
        written("keep=other&keep.name=+A+%3C'b'>+ü &w.switching-cost=2.5"),
        "w.switching-cost=2.5&keep=other&keep.name=A%20%253C%27b%27%3E%20%C3%BC"
    );
    assert_eq!(
        written("keep=python&preset=data-and-ml"),
        "preset=data-and-ml&keep=python"
    );
    // a situation says nothing of this criterion: it counts as the others do on average
    let state = State::parse(comparison, &pairs("keep=python&preset=data-and-ml")).unwrap();
    let (last, rest) = state.weights.split_last().unwrap();
    let given: Vec<f64> = rest.iter().copied().filter(|w| *w > 0.0).collect();
    assert!(
        (last - given.iter().sum::<f64>() / f64::from(u32::try_from(given.len()).unwrap())).abs() < 1e-12
    );
}

#[test]
fn wrong_settings_are_named() {
    let catalogue = catalogue();
    assert_eq!(codes(&catalogue, "keep=cobol"), ["keep E_KEEP"]);
    assert_eq!(
        codes(
            &catalogue,
            "keep=other&months.cobol=1&months.python=121&months.nodejs=-1&now.talent=10.5&now.x=1"
        ),
        [
            "months.cobol E_MONTHS",
            "months.python E_MONTHS",
            "months.nodejs E_MONTHS",
            "now.talent E_NOW",
            "now.x E_NOW"
        ]
    );
    let long = "x".repeat(NAME_MAX + 1);
    assert_eq!(
        codes(&catalogue, &format!("keep=other&keep.name={long}")),
        ["keep.name E_KEEP_NAME"]
    );
    assert_eq!(
        codes(&catalogue, "keep=other&keep.name=a\u{202e}b"),
        ["keep.name E_KEEP_NAME"]
    );
    // there is no such criterion unless something is kept
    assert_eq!(
        codes(&catalogue, "w.switching-cost=1"),
        ["w.switching-cost E_CRITERION"]
    );
}

#[test]
fn the_document_lets_it_be_computed_again() {
    let catalogue = catalogue();
    let of = |query: &str| serde_json::to_value(document(&at(&catalogue, query)).unwrap()).unwrap();
    let (plain, kept) = (
        of(""),
        of("keep=other&keep.name=Ours&months.python=6&now.talent=3"),
    );
    assert!(plain.get("kept").is_none());
    assert_eq!(
        plain["edition"]["sha256"], kept["edition"]["sha256"],
        "the edition is what was published"
    );
    assert_eq!(kept["kept"]["months"]["python"], 6.0);
    assert_eq!(kept["options"][2]["name"], "Ours");
    assert_eq!(
        kept["criteria"].as_array().unwrap().len(),
        plain["criteria"].as_array().unwrap().len() + 1
    );
    let cell = |technology: &str, criterion: &str| {
        let cells = kept["cells"].as_array().unwrap();
        let found = cells
            .iter()
            .find(|cell| cell["technology"] == technology && cell["criterion"] == criterion);
        found.unwrap()["score"].clone()
    };
    assert_eq!(cell("python", SWITCHING), 7.5);
    assert_eq!(cell(KEPT, "talent"), 3.0);
    assert!(cell("nodejs", SWITCHING).is_null());
    assert_eq!(plain["weights"][0]["worth"]["points"], 1.0);
}
