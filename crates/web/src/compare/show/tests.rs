//! The page of a comparison: the state of its address decides what it says.

mod editions;

use axum::http::StatusCode;
use earnest_app::content::embedded;
use serde_json::Value;

use crate::testing::{Visitor, between, with_small};

const PAGE: &str = "/compare/python-vs-nodejs-for-backend-hiring";
const SMALL: &str = "/compare/go-vs-rust-for-services";

/// The verdict's sentence as the page shows it.
fn verdict(page: &str) -> String {
    let shown = between(page, "data-headline>", "</p>");
    let text = shown[0]
        .replace("<span>", "")
        .replace("</span>", "")
        .replace("<mark>", "")
        .replace("</mark>", "");
    text.trim().to_owned()
}

/// §3 of the requirements: one address per question; every other order and the bare pair lead to it.
#[tokio::test]
async fn other_orders_lead_to_the_one_address() {
    let visitor = Visitor::new();
    for other in [
        "nodejs-vs-python",
        "python-vs-nodejs",
        "nodejs-vs-python-for-backend-hiring",
    ] {
        for query in ["", "?w.performance=3&must=numpy", "?x=%26%3D"] {
            let reply = visitor.get(&format!("/compare/{other}{query}")).await;
            assert_eq!(
                (reply.status, reply.header("location")),
                (StatusCode::MOVED_PERMANENTLY, format!("{PAGE}{query}").as_str()),
                "{other}"
            );
        }
    }
    for other in [
        "python-vs-nodejs-for-games",
        "python",
        "python-vs-nodejs-vs-go",
        "python-vs-python",
    ] {
        assert_eq!(
            visitor.get(&format!("/compare/{other}")).await.status,
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
}

/// C17: what an address sets is in the HTML that the server sends, with no script run.
#[tokio::test]
async fn the_page_shows_the_state_of_its_address() {
    let visitor = Visitor::new();
    for query in [
        "",
        "?w.performance=3&w.data-science=2",
        "?preset=data-and-ml",
        "?edition=1",
        "?scores=editor&w.talent=4",
        "?must=numpy",
        "?w.hiring-cost=5&region=ua",
    ] {
        let page = visitor.get(&format!("{PAGE}{query}")).await.text().to_owned();
        let json = visitor.get(&format!("{PAGE}.json{query}")).await.json();
        assert_eq!(
            verdict(&page),
            json["verdict"]["sentence"].as_str().unwrap(),
            "{query}"
        );
        for total in json["totals"].as_array().unwrap() {
            let shown = format!("<b>{:.1}</b>", total["total"].as_f64().unwrap());
            assert!(page.contains(&shown), "{query}: {shown}");
        }
        for weight in json["weights"].as_array().unwrap() {
            let name = format!("name=\"w.{}\" value=\"", weight["criterion"].as_str().unwrap());
            let field = between(&page, &name, "\"");
            let percent: f64 = field[0].parse().unwrap();
            assert!(
                (percent / 100.0 - weight["share"].as_f64().unwrap()).abs() < 0.0006,
                "{query} {name}"
            );
        }
    }
    let sentences: std::collections::BTreeSet<String> = [
        verdict(visitor.get(PAGE).await.text()),
        verdict(visitor.get(&format!("{PAGE}?preset=data-and-ml")).await.text()),
        verdict(visitor.get(&format!("{PAGE}?must=numpy")).await.text()),
    ]
    .into();
    assert_eq!(sentences.len(), 3, "{sentences:?}");
}

/// C17: sending back the form of a page gives that page again: the priorities survive the round trip.
#[tokio::test]
async fn the_form_sends_the_state_back() {
    let visitor = Visitor::new();
    let reply = visitor
        .get(&format!(
            "{PAGE}?set=1&w.performance=3&w.talent=1&edition=5&weeks=12"
        ))
        .await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::SEE_OTHER, format!("{PAGE}?w.performance=3").as_str())
    );
    let reply = visitor
        .get(&format!(
            "{PAGE}?set=1&must=numpy&must=server-rendering&scores=evidence"
        ))
        .await;
    assert_eq!(
        reply.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "both together leave nothing"
    );
    let reply = visitor.get(&format!("{PAGE}?set=1")).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::SEE_OTHER, PAGE)
    );
    // what the form of edition 1 hides keeps edition, region and bridge
    let page = visitor
        .get(&format!("{PAGE}?edition=1&weeks=3"))
        .await
        .text()
        .to_owned();
    for (name, value) in [("edition", "1"), ("weeks", "3")] {
        assert!(
            page.contains(&format!(
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            )),
            "{name}"
        );
    }
}

/// The canonical address is that of the bare page, whatever the state.
#[tokio::test]
async fn the_canonical_link_is_the_bare_page() {
    let visitor = Visitor::new();
    for query in ["", "?w.performance=3", "?edition=1", "?scores=editor"] {
        let page = visitor.get(&format!("{PAGE}{query}")).await.text().to_owned();
        let links = between(&page, "<link rel=\"canonical\" href=\"", "\"");
        assert_eq!(links, [format!("http://127.0.0.1:8080{PAGE}")], "{query}");
    }
}

/// C14: what a must-have excludes is said with its reason, before anything is weighed.
#[tokio::test]
async fn a_must_have_excludes_with_its_reason() {
    let visitor = Visitor::new();
    let page = visitor
        .get(&format!("{PAGE}?must=numpy&w.full-stack=100"))
        .await
        .text()
        .to_owned();
    assert!(page.contains(
        "Node.js is out, by the must-have “NumPy in process”: NumPy, pandas and PyTorch are Python"
    ));
    assert_eq!(verdict(&page), "Python is what remains after your must-haves.");
    assert!(page.contains("value=\"numpy\" id=\"must-numpy\" checked"));
    let reply = visitor
        .get(&format!("{PAGE}?must=numpy&must=same-language"))
        .await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        reply
            .text()
            .contains("These must-haves together exclude every option. Take one of them away.")
    );
    assert!(reply.text().contains(&format!("href=\"{PAGE}\"")), "a way back");
}

/// Wrong settings are a page that names each of them, and a way back.
#[tokio::test]
async fn wrong_settings_are_told_on_a_page() {
    let visitor = Visitor::new();
    for (query, sentence) in [
        (
            "w.talent=1000.1",
            "A weight is a number from 0 to 1000 with at most 6 decimals",
        ),
        ("w.talent=-1", "Talent pool: &#34;-1&#34; is no weight."),
        ("w.talent=", "such as 40; 0 leaves the criterion out."),
        (
            "keep=python&w.switching-cost=x",
            "Switching cost: &#34;x&#34; is no weight.",
        ),
        ("w.speed=1", "There is no criterion"),
        (
            "w.speed=1",
            "Take its weight out, or give it to one of these: performance, ",
        ),
        ("preset=cheap", "There is no preset"),
        ("must=cheap", "There is no must-have"),
        ("edition=9", "Editions of this comparison: 1, 2, 3, 4, 5."),
        ("region=mars", "Pay was not observed in"),
        ("scores=mine", "`scores` may be evidence or editor."),
        ("weeks=0", "`weeks` must be a number from 1 to 260"),
        ("fee=51", "`fee` must be a number from 0 to 50"),
    ] {
        let reply = visitor.get(&format!("{PAGE}?{query}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(reply.text().contains(sentence), "{query}: {}", reply.text());
        assert!(
            reply.text().contains(&format!("href=\"{PAGE}\"")),
            "{query}: a way back"
        );
        assert_eq!(reply.header("cache-control"), "private, no-store", "{query}");
        let saves = reply.text().contains("saved");
        assert!(!saves, "{query}: nothing could be saved here: {}", reply.text());
    }
    let hostile = visitor
        .get(&format!(
            "{PAGE}?w.%3Cscript%3Ealert(1)%3C/script%3E=%22%3E%3Cimg%20src=x%3E"
        ))
        .await;
    assert_eq!(hostile.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!hostile.text().contains("<script>alert") && !hostile.text().contains("<img src=x"));
    let both = visitor.get(&format!("{PAGE}?w.talent=-1&must=cheap")).await;
    assert!(both.text().contains("A weight is") && both.text().contains("There is no must-have"));
    let long = visitor.get(&format!("{PAGE}?x={}", "a".repeat(65_000))).await;
    assert_eq!(long.status, StatusCode::URI_TOO_LONG);
    for path in [
        format!("{PAGE}/scores/talent?edition=7"),
        format!("{PAGE}/changes?from=7"),
    ] {
        assert_eq!(
            visitor.get(&path).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}"
        );
    }
}

/// C5, C18: the editor's table and old editions are shown as what they are.
#[tokio::test]
async fn other_scores_and_editions_are_named() {
    let visitor = Visitor::new();
    let editor = visitor
        .get(&format!("{PAGE}?scores=editor"))
        .await
        .text()
        .to_owned();
    assert!(editor.contains("You are looking at the editor’s scores, not at the evidence."));
    assert!(editor.contains("100\u{a0}% editors’ judgement"));
    let first = visitor.get(&format!("{PAGE}?edition=1")).await.text().to_owned();
    assert!(first.contains("This is edition 1 (Editorial table)."));
    let same =
        "Node.js leads at equal priorities; Python once data science counts for more than 23.1\u{a0}%.";
    assert_eq!(
        (verdict(&editor).as_str(), verdict(&first).as_str()),
        (same, same)
    );
    let bare = visitor.get(PAGE).await.text().to_owned();
    assert!(!bare.contains("This is edition") && !bare.contains("You are looking at the editor"));
}

/// C15: another region shows another pay and another source, and counts only where the cost is weighed.
#[tokio::test]
async fn a_region_changes_the_pay_and_its_source() {
    let visitor = Visitor::new();
    let cost = |page: &str| between(page, "<section class=\"section cost\"", "</section>")[0].to_owned();
    let us = visitor.get(PAGE).await.text().to_owned();
    let ua = visitor.get(&format!("{PAGE}?region=ua")).await.text().to_owned();
    assert!(cost(&us).contains("$160,000") && !cost(&ua).contains("$160,000"));
    assert!(cost(&ua).contains("$3,410") && cost(&ua).contains("DOU"));
    assert_eq!(verdict(&us), verdict(&ua), "pay carries no weight by default");
    assert!(cost(&us).contains("It is shown, not scored"));
    let weighed = visitor
        .get(&format!("{PAGE}?w.hiring-cost=1"))
        .await
        .text()
        .to_owned();
    assert!(cost(&weighed).contains("It counts in your priorities now."));
}

/// C22: each comparison says who earns from it, beside its verdict and not only at its foot.
#[tokio::test]
async fn each_comparison_discloses_who_earns() {
    let visitor = Visitor::with(&with_small());
    for path in [PAGE, SMALL] {
        let page = visitor.get(path).await.text().to_owned();
        let head = between(&page, "<header class=\"compare-head\">", "</header>");
        assert!(
            head[0].contains("Northgate earns when you hire, whichever technology you choose."),
            "{path}"
        );
    }
}

/// C24: "How to read this" has the places that pages link to.
#[tokio::test]
async fn how_to_read_this_has_its_places() {
    let page = Visitor::new().get("/method").await.text().to_owned();
    for id in [
        "score",
        "intervals",
        "weak",
        "judgement",
        "single-source",
        "disagreement",
        "verdict",
        "missing",
        "money",
    ] {
        assert!(page.contains(&format!(" id=\"{id}\"")), "{id}");
    }
    for threshold in ["60\u{a0}%", "10\u{a0}%", "80\u{a0}%"] {
        assert!(
            page.contains(threshold),
            "the thresholds are printed: {threshold}"
        );
    }
}

/// C34: hiring starts from the reader's state.
#[tokio::test]
async fn hire_links_carry_the_state() {
    let visitor = Visitor::new();
    let page = visitor
        .get(&format!("{PAGE}?w.performance=3&must=numpy"))
        .await
        .text()
        .to_owned();
    let links = between(&page, "<p class=\"next-step no-print\">", "</p>")[0];
    let links: Vec<String> = between(links, "class=\"button\" href=\"", "\"")
        .into_iter()
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .collect();
    assert_eq!(links.len(), 2, "a way for each technology: {links:?}");
    for (link, role) in links.iter().zip(["Python engineer", "Node.js engineer"]) {
        assert!(link.contains("state=w.performance%3D3%26must%3Dnumpy"), "{link}");
        let form = visitor.get(link).await.text().to_owned();
        assert!(
            form.contains(&format!("name=\"role\" type=\"text\" value=\"{role}\"")),
            "{link}"
        );
        assert!(
            form.contains("Python is what remains after your must-haves."),
            "{link}"
        );
        assert!(form.contains("w.performance=3"), "{link}");
    }
}

/// The article and the data set that machines are told of: their dates, names and numbers are on the page.
#[tokio::test]
async fn article_and_data_set_equal_the_page() {
    let visitor = Visitor::with(&with_small());
    for path in [PAGE, SMALL] {
        let page = visitor.get(path).await.text().to_owned();
        let statements: Vec<Value> = between(&page, "<script type=\"application/ld+json\">", "</script>")
            .into_iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        let of = |kind: &str| statements.iter().find(|s| s["@type"] == kind).unwrap();
        let (article, data) = (of("TechArticle"), of("Dataset"));
        assert_eq!(
            article["mainEntityOfPage"],
            format!("http://127.0.0.1:8080{path}")
        );
        assert!(
            page.contains(&format!("<title>{}", article["headline"].as_str().unwrap())),
            "{path}"
        );
        for technology in article["about"].as_array().unwrap() {
            assert!(
                page.contains(technology["name"].as_str().unwrap()),
                "{technology}"
            );
        }
        let day = data["dateModified"].as_str().unwrap();
        assert!(page.contains(&format!(
            "<time datetime=\"{day}\">{}</time>",
            crate::words::date(day)
        )));
        assert!(page.contains(&format!("Edition {}", data["version"].as_str().unwrap())));
        for label in data["variableMeasured"].as_array().unwrap() {
            assert!(page.contains(label.as_str().unwrap()), "{label}");
        }
        for source in data["isBasedOn"].as_array().unwrap() {
            assert!(page.contains(source.as_str().unwrap()), "{source}");
        }
        for download in data["distribution"].as_array().unwrap() {
            let address = download["contentUrl"]
                .as_str()
                .unwrap()
                .strip_prefix("http://127.0.0.1:8080")
                .unwrap();
            let reply = visitor.get(address).await;
            assert!(
                reply
                    .header("content-type")
                    .starts_with(download["encodingFormat"].as_str().unwrap())
            );
        }
        assert!(!page.contains("AggregateRating"));
    }
}

/// C32, C40: a comparison of an operator's own, of three options too, is a page like the others.
#[tokio::test]
async fn an_own_comparison_is_a_page_like_the_others() {
    let visitor = Visitor::with(&with_small());
    let list = visitor.get("/compare").await.text().to_owned();
    assert!(
        list.contains("Go vs Rust for services") && list.contains("Python vs Node.js for backend hiring")
    );
    let page = visitor.get(SMALL).await.text().to_owned();
    assert!(page.contains("Go or Rust for a service") && !page.contains("id=\"cost\""));
    assert_eq!(visitor.get("/compare/rust-vs-go").await.header("location"), SMALL);
    let mut three = with_small();
    let text = three
        .get_mut("comparisons/go-vs-rust-for-services/comparison.toml")
        .unwrap();
    *text = text.replace(
        "options = [\"go\", \"rust\"]",
        "options = [\"go\", \"rust\", \"elixir\"]",
    );
    *text = text.replace("\nsays = \"rust\"", "\nsays = \"cannot_tell\"");
    let page = Visitor::with(&three).get(SMALL).await.text().to_owned();
    let twin = between(&page, "<details class=\"twin\">", "</details>")[0];
    assert!(twin.contains("<th scope=\"col\" class=\"numbers\">Elixir</th>"));
    assert!(page.contains("no evidence"), "Elixir has no throughput");
    assert!(page.contains("Not compared, for lack of evidence: Performance."));
}

/// C20: a value that its licence withholds is not shown on a page either; source and score are.
#[tokio::test]
async fn a_closed_value_is_on_no_page() {
    let visitor = Visitor::with(&with_small());
    for path in [
        "",
        "/scores/performance",
        "/changes",
        ".json",
        ".csv",
        ".md",
        ".decision.md",
    ] {
        let reply = visitor.get(&format!("{SMALL}{path}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        for closed in ["51.317", "95.432", "50.414", "513171"] {
            assert!(!reply.text().contains(closed), "{path} shows {closed}");
        }
    }
    let page = visitor
        .get(&format!("{SMALL}/scores/performance"))
        .await
        .text()
        .to_owned();
    assert!(page.contains("withheld") && page.contains("Closed report on services"));
}

/// The same for pay: neither the table nor the budget that could be computed back.
#[tokio::test]
async fn closed_pay_is_on_no_page() {
    let mut files = embedded();
    let sources = files.get_mut("sources.toml").unwrap();
    *sources = sources.replace("redistributable = true", "redistributable = false");
    let visitor = Visitor::with(&files);
    for path in [
        PAGE.to_owned(),
        "/hire/python-engineer".into(),
        format!("{PAGE}/scores/hiring-cost"),
    ] {
        let page = visitor.get(&path).await.text().to_owned();
        // prose is the editors' own; only what is made from observations is looked at
        let made: String =
            between(&page, "<table", "</table>").concat() + &between(&page, "<svg", "</svg>").concat();
        for closed in ["$160,000", "$130,000", "$161,500", "130,000", "203,500"] {
            assert!(!made.contains(closed), "{path} shows {closed}");
        }
    }
}
