//! Whether a server answers rightly. It is asked before it is timed, and again after every timing.

use serde_json::{Value, json};

use super::peer::{Answer, Peer};
use super::suite::Expect;

/// Rows of the table of the queries.
pub(super) const ROWS: u64 = 10_000;
/// Answers that are looked at before a server is timed.
const LOOKS: usize = 8;

/// What stands in the row with this id.
pub(super) fn number(id: u64) -> u64 {
    id * 7919 % 10_007
}

/// Asks a few times; the error says what was wrong.
pub(super) fn rightly(port: u16, path: &str, expect: Expect) -> anyhow::Result<()> {
    let mut peer = Peer::connect(port)?;
    let mut seen = Vec::new();
    for _ in 0..LOOKS {
        seen.push(answer(&peer.ask("GET", path, "")?, expect)?);
    }
    let drawn = matches!(expect, Expect::Row | Expect::Rows);
    let same = seen.windows(2).all(|two| two.first() == two.last());
    anyhow::ensure!(!drawn || !same, "it answers every request with the same rows");
    Ok(())
}

fn answer(answer: &Answer, expect: Expect) -> anyhow::Result<Value> {
    anyhow::ensure!(answer.status == 200, "it answered with status {}", answer.status);
    let kind = answer.header("content-type").unwrap_or("nothing");
    anyhow::ensure!(
        kind.starts_with("application/json"),
        "it says that it sends {kind}"
    );
    let value: Value = serde_json::from_slice(&answer.body)?;
    let right = match expect {
        Expect::Products => value == products(),
        Expect::Row => is_row(&value),
        Expect::Rows => value
            .as_array()
            .is_some_and(|rows| rows.len() == 20 && rows.iter().all(is_row)),
        Expect::Solutions => value == json!({"size": 10, "solutions": 724}),
        Expect::Matrix => value == matrix(),
        Expect::Events => false,
    };
    let shown: String = value.to_string().chars().take(120).collect();
    anyhow::ensure!(right, "it answered wrongly: {shown}");
    Ok(value)
}

fn is_row(row: &Value) -> bool {
    let id = row.get("id").and_then(Value::as_u64).unwrap_or(0);
    (1..=ROWS).contains(&id) && *row == json!({"id": id, "number": number(id)})
}

/// The document of 20 products.
pub(super) fn products() -> Value {
    let items: Vec<(u64, u64, u64)> = (1..=20).map(|id| (id, 100 + 7 * id, 1 + id % 5)).collect();
    let total: u64 = items.iter().map(|(_, price, quantity)| price * quantity).sum();
    let items: Vec<Value> = items
        .into_iter()
        .map(|(id, price, quantity)| {
            json!({
                "id": id, "name": format!("Product {id}"), "price_cents": price, "quantity": quantity,
                "total_cents": price * quantity,
            })
        })
        .collect();
    json!({"count": items.len(), "total_cents": total, "items": items})
}

/// Trace and sum of the product of the two matrices, in whole numbers.
pub(super) fn matrix() -> Value {
    const SIDE: u64 = 200;
    let left = |i: u64, k: u64| (i * SIDE + k) % 7;
    let right = |k: u64, j: u64| (k + 2 * j) % 5;
    let cell = |i: u64, j: u64| (0..SIDE).map(|k| left(i, k) * right(k, j)).sum::<u64>();
    let trace: u64 = (0..SIDE).map(|i| cell(i, i)).sum();
    let sum: u64 = (0..SIDE)
        .flat_map(|i| (0..SIDE).map(move |j| (i, j)))
        .map(|(i, j)| cell(i, j))
        .sum();
    json!({"side": SIDE, "trace": trace, "sum": sum})
}
