//! Every fault of the checker, each with its file and line.

use super::*;

const COMPARISON: &str = "comparisons/go-vs-rust-for-services/comparison.toml";
const CLAIMS: &str = "comparisons/go-vs-rust-for-services/claims.toml";
const EDITION: &str = "comparisons/go-vs-rust-for-services/editions/1.toml";
const PERFORMANCE: &str = "evidence/go-rust-1/performance.toml";
const ECOSYSTEM: &str = "evidence/go-rust-1/ecosystem.toml";
const SOURCES: &str = "sources/field-notes.toml";
const SEED_TABLE: &str = "comparisons/python-vs-nodejs-for-backend-hiring/editions/1.toml";
const PAY: &str = "evidence/2026-11/hiring-cost.toml";

fn faults_of(files: &Files) -> Vec<Fault> {
    Catalogue::read(files).err().unwrap_or_default()
}

/// The line, counted from 1, of the list element in which some words of a file stand.
fn line_of(files: &Files, file: &str, words: &str) -> usize {
    let before = files[file].split(words).next().unwrap();
    let heads = before
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("[["));
    1 + heads.map(|(at, _)| at).last().unwrap()
}

/// One line of a table: file, words there, the words put in their place, the line of the fault (0 for that of the list
/// element around the words), and a part of its sentence.
struct Case {
    file: &'static str,
    from: String,
    to: String,
    line: usize,
    sentence: &'static str,
}

fn cases(table: &'static str) -> Vec<Case> {
    let one = |line: &'static str| {
        let parts: Vec<&str> = line.split(" | ").collect();
        let [file, from, to, at, sentence] = parts[..] else {
            panic!("{line}")
        };
        let known = [
            ("comparison", COMPARISON),
            ("claims", CLAIMS),
            ("edition", EDITION),
            ("performance", PERFORMANCE),
            ("ecosystem", ECOSYSTEM),
            ("sources", SOURCES),
            ("seed-table", SEED_TABLE),
            ("pay", PAY),
        ];
        Case {
            file: known
                .iter()
                .find(|(short, _)| *short == file)
                .map_or(file, |(_, path)| path),
            from: from.replace("\\n", "\n"),
            to: to.replace("\\n", "\n"),
            line: at.parse().unwrap(),
            sentence,
        }
    };
    table.lines().filter(|line| !line.is_empty()).map(one).collect()
}

/// What one case leads to, and where its fault is expected.
fn broken(case: &Case) -> (Vec<Fault>, usize) {
    let mut files = with_small();
    let line = match case.line {
        0 => line_of(&files, case.file, &case.from),
        line => line,
    };
    edited(&mut files, case.file, &case.from, &case.to);
    (faults_of(&files), line)
}

/// Each case alone gives exactly its one fault, in its file and line.
fn each_alone(table: &'static str) {
    for case in cases(table) {
        let (faults, line) = broken(&case);
        let Case {
            file,
            from,
            to,
            sentence,
            ..
        } = case;
        assert_eq!(faults.len(), 1, "`{from}` as `{to}`:\n{}", told(&faults));
        let fault = &faults[0];
        assert_eq!(
            (fault.file.as_str(), fault.line),
            (file, line),
            "{fault} (`{from}` as `{to}`)"
        );
        assert!(
            fault.sentence.contains(sentence),
            "{fault} does not say: {sentence}"
        );
    }
}

/// C1: what an observation or a source lacks is refused.
#[test]
fn a_value_without_its_source_is_refused() {
    each_alone(
        r#"
sources | licence = "CC-BY-4.0" | licence = " " | 0 | has no licence
sources | accessed = "2026-11-01" | accessed = "yesterday" | 0 | `accessed` is "yesterday"
sources | published = "2026-10" | published = "2026-13" | 0 | `published` is "2026-13"
sources | url = "https://laboratory.example/notes" | url = "laboratory" | 0 | must be a web address
ecosystem | locator = "table 2" | locator = "" | 0 | `packages-go` has an empty locator
performance | sample_size = 120\n |  | 0 | needs `sample_size`
ecosystem | review_by = "2027-11-01" | review_by = "2027-02-30" | 0 | `review_by` is "2027-02-30"
ecosystem | source = "field-notes" | source = "nowhere" | 0 | no source `nowhere`
ecosystem | technology = "go" | technology = "cobol" | 0 | no technology `cobol`
ecosystem | value = 1500000.0 | value = inf | 0 | numbers must be finite
performance | interval = [58.0, 62.0] | interval = [62.0, 58.0] | 0 | ranges in order
performance | interval = [58.0, 62.0] | interval = [61.0, 62.0] | 0 | outside its own interval
performance | sd = 0.7391 | sd = -1.0 | 0 | numbers must be finite
"#,
    );
}

/// C1: fields that are not there at all, one or several, are named in one line.
#[test]
fn missing_fields_are_named_together() {
    let added = "\n[[observation]]\nid = \"bare\"\ntechnology = \"go\"\nvalue = 1.0\nkind = \"measured\"\nyear = 2026\n";
    let mut files = with_small();
    let line = files[ECOSYSTEM].lines().count() + 2;
    files.get_mut(ECOSYSTEM).unwrap().push_str(added);
    let faults = faults_of(&files);
    assert_eq!(faults.len(), 1, "{}", told(&faults));
    assert_eq!((faults[0].file.as_str(), faults[0].line), (ECOSYSTEM, line));
    for field in [
        "metric",
        "subject",
        "unit",
        "source",
        "locator",
        "confidence",
        "review_by",
    ] {
        assert!(faults[0].sentence.contains(field), "{field} in {}", faults[0]);
    }
    let one = "\n[[observation]]\nid = \"bare\"\ntechnology = \"go\"\nmetric = \"packages\"\nsubject = \"x\"\nvalue = \
               1.0\nunit = \"x\"\nkind = \"measured\"\nsource = \"field-notes\"\nyear = 2026\nconfidence = \
               \"high\"\nreview_by = \"2027-11-01\"\n";
    let mut files = with_small();
    files.get_mut(ECOSYSTEM).unwrap().push_str(one);
    let faults = faults_of(&files);
    assert_eq!(faults.len(), 1, "{}", told(&faults));
    assert!(
        faults[0].sentence.contains("missing field `locator`"),
        "{}",
        faults[0]
    );
}

/// C5: a judgement has author, date and rationale, and is a score.
#[test]
fn a_judgement_says_who_when_and_why() {
    let judgement = |rest: &str| {
        let mut files = with_small();
        let added = format!(
            "\n[[observation]]\nid = \"opinion\"\ntechnology = \"go\"\nmetric = \"judgement-ecosystem\"\nsubject = \
             \"x\"\nunit = \"points\"\nkind = \"judgement\"\nsource = \"field-notes\"\nlocator = \"here\"\nyear = \
             2026\nconfidence = \"low\"\nreview_by = \"2027-11-01\"\n{rest}\n"
        );
        files.get_mut(ECOSYSTEM).unwrap().push_str(&added);
        told(&faults_of(&files))
    };
    let whole = "author = \"A\"\ndate = \"2026-11-01\"\nrationale = \"Because.\"";
    assert_eq!(judgement(&format!("value = 5.0\n{whole}")), "");
    assert!(judgement("value = 5.0\nauthor = \"A\"").contains("`opinion` needs author, date and rationale"));
    assert!(judgement(&format!("value = 11.0\n{whole}")).contains("a score from 0 to 10"));
}

/// C3: anchors and weights that make no score.
#[test]
fn a_rule_that_cannot_score_is_refused() {
    each_alone(
        r#"
performance | function = { kind = "linear", zero = 0.0, ten = 100.0, anchor_from = "0 % and 100 %" } | function = { kind = "linear", zero = 5.0, ten = 5.0, anchor_from = "0 % and 100 %" } | 1 | `zero` and `ten` must be two different numbers
ecosystem | best = 2000000.0 | best = 0.0 | 1 | must be positive numbers
ecosystem | value = 200000.0 | value = 0.0 | 1 | has a value of zero or less
ecosystem | title = "Packages" | title = "Packages"\nweight = 0.0 | 1 | no scored reading has a weight
ecosystem | title = "Packages" | title = "Packages"\nscored = false | 1 | no scored reading has a weight
performance | weight = 0.5 | weight = -0.5 | 1 | a weight is a number of 0 or more
ecosystem | label = "packages" | label = "packages"\nweight = 0.0 | 1 | no part has a weight
ecosystem | label = "packages" | label = "packages"\notherwise = 1.0 | 1 | needs `otherwise_because`
ecosystem | label = "packages" | label = "packages"\notherwise = 11.0\notherwise_because = "x" | 1 | a score from 0 to 10
pay | ten = 100000.0 | ten = 250000.0 | 3 | two different numbers
pay | default_region = "us" | default_region = "mars" | 3 | no region `mars`
pay | currency = "USD"\nperiod | currency = "EUR"\nperiod | 3 | is in EUR, the scale in USD
"#,
    );
}

/// References: technology, criterion, metric, claim, observation, edition, role.
#[test]
fn what_is_named_must_exist() {
    each_alone(
        r#"
performance | metric = "throughput"\nlabel | metric = "speed"\nlabel | 1 | no [[metric]] `speed`
ecosystem | metric = "packages"\nsubject | metric = "parcels"\nsubject | 24 | no [[metric]] `parcels`
ecosystem | criterion = "ecosystem" | criterion = "beauty" | 1 | no criterion `beauty`
pay | metric = "pay-ua-2025"\nnote | metric = "pay-ua"\nnote | 3 | no [[metric]] `pay-ua`
comparison | options = ["go", "rust"] | options = ["go", "rust", "cobol"] | 1 | no technology `cobol`
comparison | [obs:notes-rust] | [obs:notes-cobol] | 1 | cites observation `notes-cobol`
claims | "packages-elixir" | "packages-cobol" | 1 | cites observation `packages-cobol`
comparison | default_edition = "1" | default_edition = "9" | 1 | no edition `9` to show by default
edition | release = "go-rust-1" | release = "go-rust-1"\neditor_table = "1" | 1 | no table of this comparison
seed-table | [scores.nodejs] | [scores.deno] | 1 | options or criteria that are not compared: ["deno"]
seed-table | low = 130000.0 | low = 330000.0 | 1 | pay is a range, low first
technologies.toml | role = "python-engineer" | role = "snake-charmer" | 3 | no role `snake-charmer`
roles/python-engineer.toml | technology = "python" | technology = "cobol" | 1 | no technology `cobol`
roles/python-engineer.toml | comparisons = ["python-vs | comparisons = ["cobol-vs | 1 | no comparison `cobol-vs
"#,
    );
}

/// Each case gives its fault; what follows from it elsewhere may be told too.
fn each_found(table: &'static str) {
    for case in cases(table) {
        let (faults, line) = broken(&case);
        let Case {
            file,
            from,
            to,
            sentence,
            ..
        } = case;
        let said = faults
            .iter()
            .any(|f| f.file == file && f.line == line && f.sentence.contains(sentence));
        assert!(
            said,
            "`{from}` as `{to}` gives no {file}:{line}: {sentence}\n{}",
            told(&faults)
        );
    }
}

/// Names stand in addresses: of one alphabet, each there once, and none that an address reads as an order of options.
#[test]
fn names_are_plain_and_there_once() {
    each_found(
        r#"
technologies.toml | slug = "go" | slug = "go-vs-went" | 0 | without `-vs-` or `-for-`
technologies.toml | slug = "go" | slug = "go-for-it" | 0 | without `-vs-` or `-for-`
technologies.toml | slug = "elixir" | slug = "go" | 0 | technology `go` is there twice
criteria.toml | slug = "hiring-cost" | slug = "talent" | 0 | criterion `talent` is there twice
criteria.toml | slug = "talent" | slug = "Talent pool" | 0 | criterion "Talent pool": use a-z
sources | id = "closed-report" | id = "field-notes" | 0 | source `field-notes` is there twice
ecosystem | id = "packages-rust" | id = "packages-go" | 0 | observation `packages-go` is there twice
comparison | [[must_have]]\nid = "no-collector" | [[must_have]]\nid = "No Collector" | 1 | must-have "No Collector": use a-z
comparison | id = "speed-first" | id = "equal" | 1 | stands for the default weights
comparison | options = ["go", "rust"] | options = ["go", "rust", "go"] | 1 | option `go` is there twice
comparison | slug = "go-vs | slug = "gone-vs | 1 | is not the folder's name
edition | number = "1" | number = "1&2" | 1 | edition number "1&2"
roles/python-engineer.toml | slug = "python-engineer" | slug = "nodejs-engineer" | 1 | role `nodejs-engineer` is there twice
pay | id = "us-fullstack" | id = "us" | 3 | region `us` is there twice
"#,
    );
    let mut files = with_small();
    files.insert(
        format!("comparisons/{SMALL}/editions/again.toml"),
        files[EDITION].clone(),
    );
    let faults = faults_of(&files);
    assert_eq!(faults.len(), 1, "{}", told(&faults));
    assert!(
        faults[0]
            .sentence
            .contains("edition 1 of `go-vs-rust-for-services` is there twice")
    );
}

/// Weights, must-haves and texts of a comparison.
#[test]
fn a_comparison_that_cannot_be_judged_is_refused() {
    each_alone(
        r#"
edition | performance = 1.0\necosystem = 1.0 | performance = 0.0\necosystem = 0.0 | 1 | weights must be 0 to 1000 and not all 0
edition | performance = 1.0 | performance = 1000.5 | 1 | weights must be 0 to 1000
edition | performance = 1.0 | performance = 1.0\nbeauty = 1.0 | 1 | criteria that are not compared: ["beauty"]
edition | date = "2026-11-02" | date = "soon" | 1 | `date` is "soon"
comparison | modified = "2026-11-03" | modified = "2026-02-30" | 1 | `modified` is "2026-02-30"
comparison | go = "Go collects | rust = "So does Rust."\ngo = "Go collects | 1 | excludes every option
comparison | go = "Go collects | java = "Go collects | 1 | excludes unknown options ["java"]
comparison | rationale = "Performance counts three times, because the situation names it." |  | 1 | lacks what its kind needs
comparison | performance = 3.0 | performance = 3.0\nbeauty = 1.0 | 1 | weighs unknown criteria ["beauty"]
comparison | editor_says = "rust" | editor_says = "rest" | 1 | speaks for ["rest"]
seed-table | learning-curve = 8.0 | learning-curve = 18.0 | 1 | scores must be 0 to 10
"#,
    );
    let mut files = with_small();
    let long = format!("description = \"{}\"", "é".repeat(156));
    edited(
        &mut files,
        COMPARISON,
        "description = \"Go or Rust for a service: two criteria, seven observations, your own weights.\"",
        &long,
    );
    assert!(told(&faults_of(&files)).contains("`description` has 156 characters"));
}

/// C13: a situation's text says what its computed verdict says, or the content is refused.
#[test]
fn a_text_that_says_other_than_its_verdict_is_refused() {
    each_alone(
        r#"
comparison | \nsays = "rust" | \nsays = "go" | 1 | says `go`, its verdict says rust: change the text, never the weights
comparison | \nsays = "rust" | \nsays = "either" | 1 | says `either`, its verdict says rust
"#,
    );
    let must = "kind = \"must_have\"\nmust = \"no-collector\"";
    let mut files = with_small();
    edited(&mut files, COMPARISON, "kind = \"weights\"", must);
    assert_eq!(told(&faults_of(&files)), "");
    edited(&mut files, COMPARISON, "\nsays = \"rust\"", "\nsays = \"go\"");
    assert!(told(&faults_of(&files)).contains("says `go`, its verdict says rust"));
    // every situation of the embedded content is checked too
    let mut files = embedded();
    let seed = "comparisons/python-vs-nodejs-for-backend-hiring/comparison.toml";
    edited(&mut files, seed, "\nsays = \"python\"", "\nsays = \"nodejs\"");
    assert!(
        told(&faults_of(&files)).contains("situation `data-and-ml` says `nodejs`, its verdict says python")
    );
}

/// Where the verdict is too close, the text may say so or call it even, and nothing else.
#[test]
fn a_close_call_may_be_called_even() {
    let mut files = with_small();
    edited(&mut files, COMPARISON, "performance = 3.0", "performance = 1.0");
    // Go has 9.375 on packages, Rust 5; raise the error bars of the report until nothing can be told apart
    for (from, to) in [
        ("interval = [50.4142, 52.2718]", "interval = [0.0, 100.0]"),
        ("interval = [58.0, 62.0]", "interval = [0.0, 100.0]"),
        ("interval = [88.0, 92.0]", "interval = [0.0, 100.0]"),
    ] {
        edited(&mut files, PERFORMANCE, from, to);
    }
    let say = |words: &str| {
        let mut files = files.clone();
        edited(
            &mut files,
            COMPARISON,
            "\nsays = \"rust\"",
            &format!("\nsays = \"{words}\""),
        );
        faults_of(&files).len()
    };
    assert_eq!(
        [say("either"), say("too_close"), say("go"), say("rust")],
        [0, 0, 1, 1]
    );
}

/// Keys and files that no page would read are mistakes, not decoration.
#[test]
fn what_is_not_read_is_refused() {
    each_found(
        r#"
sources | kind = "benchmark" | kind = "benchmark"\ncolour = "red" | 3 | unknown field `colour`
ecosystem | kind = "published" | kind = "rumour" | 24 | unknown variant `rumour`
performance | [rule] | colour = "red"\n[rule] | 1 | unknown key `colour`
edition | kind = "evidence" | kind = "evidence"\ncolour = "red" | 4 | unknown field `colour`
comparison | context = "services" | context =  | 7 | 
claims | status = "holds" | status = "perhaps" | 1 | unknown variant `perhaps`
"#,
    );
    for path in [
        "sources2.toml",
        "evidence/loose.toml",
        "comparisons/x/pages/1.toml",
        "roles/a/b.toml",
    ] {
        let mut files = with_small();
        files.insert(path.to_owned(), String::new());
        let faults = faults_of(&files);
        assert_eq!(faults.len(), 1, "{}", told(&faults));
        assert_eq!((faults[0].file.as_str(), faults[0].line), (path, 1));
    }
    let mut files = with_small();
    files.insert("comparisons/java-vs-kotlin/claims.toml".into(), String::new());
    assert!(told(&faults_of(&files)).contains("no comparison `java-vs-kotlin` for these claims"));
}

/// All mistakes at once, in order of file and line, each told once.
#[test]
fn mistakes_in_several_files_are_told_together() {
    let mut files = with_small();
    edited(&mut files, SOURCES, "licence = \"CC-BY-4.0\"", "licence = \"\"");
    edited(&mut files, ECOSYSTEM, "locator = \"table 2\"", "locator = \"\"");
    edited(
        &mut files,
        ECOSYSTEM,
        "review_by = \"2027-11-01\"",
        "review_by = \"later\"",
    );
    edited(&mut files, EDITION, "date = \"2026-11-02\"", "date = \"soon\"");
    files.insert("roles/broken.toml".into(), "slug = ".into());
    let faults = faults_of(&files);
    let places: Vec<(&str, usize)> = faults.iter().map(|f| (f.file.as_str(), f.line)).collect();
    let expected = [
        (EDITION, 1),
        (ECOSYSTEM, 24),
        (ECOSYSTEM, 24),
        ("roles/broken.toml", 1),
        (SOURCES, 3),
    ];
    assert_eq!(places, expected, "{}", told(&faults));
}
