use serde_json::json;

use super::*;

fn said(pieces: &[Piece]) -> String {
    let part = |one: &Piece| match (&one.href, one.is_code) {
        (Some(href), _) => format!("[{}]({href})", one.text),
        (None, true) => format!("`{}`", one.text),
        (None, false) => one.text.clone(),
    };
    pieces.iter().map(part).collect()
}

#[test]
fn what_a_value_is_stands_in_words() {
    for (schema, words) in [
        (json!({"type": "string"}), "string"),
        (json!({"type": ["string", "null"]}), "string or null"),
        (
            json!({"type": "array", "items": {"type": "integer"}}),
            "list of integer",
        ),
        (
            json!({"$ref": "#/components/schemas/Money"}),
            "[Money](#document-Money)",
        ),
        (
            json!({"$ref": "#/components/schemas/List_of_Expert"}),
            "list of [Expert](#document-Expert)",
        ),
        (
            json!({"anyOf": [{"$ref": "#/components/schemas/Money"}, {"type": "null"}]}),
            "[Money](#document-Money) or null",
        ),
        (json!({"type": "string", "enum": ["a", "b"]}), "`a` or `b`"),
        (json!(true), "any JSON"),
    ] {
        assert_eq!(said(&kind(&schema)), words, "{schema}");
    }
}

#[test]
fn what_bounds_a_value_is_said_after_what_it_means() {
    for (schema, words) in [
        (
            json!({"minLength": 1, "maxLength": 300}),
            "It is `x`. 1 to 300 characters.",
        ),
        (json!({"maxItems": 3}), "It is `x`. At most 3 items."),
        (
            json!({"minimum": 1, "maximum": 7, "format": "uint8"}),
            "It is `x`. 1 to 7.",
        ),
        (json!({"minimum": 0, "format": "uint"}), "It is `x`."),
        (
            json!({"pattern": "^con_[0-7][0-9a-z]{25}$"}),
            "It is `x`. Like `con_…`.",
        ),
        (json!({"pattern": "^[A-Z]{3}$"}), "It is `x`. As `^[A-Z]{3}$`."),
        (
            json!({"default": false}),
            "It is `x`. Where it is left out: `false`.",
        ),
        (json!({"default": ""}), "It is `x`."),
    ] {
        let field = Field::new("one", &schema, ("It is `x`.", true));
        assert_eq!(said(&field.says), words, "{schema}");
    }
}

#[test]
fn members_that_must_be_there_come_first_and_documents_lead_to_others() {
    let all = json!({
        "Money": {"type": "object", "properties": {}},
        "Payout": {"type": "object", "required": ["sum"], "properties": {
            "about": {"type": "string"}, "sum": {"$ref": "#/components/schemas/Money"},
        }},
        "List_of_Payout": {"properties": {"items": {"items": {"$ref": "#/components/schemas/Payout"}}}},
        "Alone": {},
    });
    let all = all.as_object().unwrap();
    let names: Vec<String> = fields(&all["Payout"]).into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["sum", "about"]);
    let from = json!({"$ref": "#/components/schemas/List_of_Payout"});
    let found: Vec<&str> = reached([&from], all).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, ["Money", "Payout"]);
}
