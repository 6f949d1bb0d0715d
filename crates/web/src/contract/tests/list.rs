//! Many contracts: the list goes on to its end, and nothing that is added up or waits is cut.

use super::*;

/// So many more offers of a contract between the same two, made a day later.
async fn offers(deal: &Deal, later: &Visitor, count: u8) {
    let kept = deal.kept().await;
    for number in 0..count {
        let milestone = Ids::new(later.desk().clock.now(), [number; 16]).milestone();
        let offer = Offer {
            process: kept.process,
            client: kept.client,
            expert: kept.expert,
            currency: kept.currency,
            terms: kept.terms.clone(),
            milestones: vec![(milestone, plan(&format!("Offer {number:03}"), "Much."))],
        };
        let actor = Actor::Person { id: kept.client };
        contract::begin(later.desk(), &offer, &actor, None).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_old_is_listed_waited_for_and_added_up() {
    let deal = Deal::submitted().await;
    let client = deal.client.later(1).await;
    offers(&deal, &client, 204).await;
    let (mut path, mut titles) = ("/contracts".to_owned(), Vec::new());
    for shown in [50, 50, 50, 50, 5] {
        let page = client.get(&path).await;
        let links = between(page.text(), "<h2><a href=\"/contracts/", "</a>");
        assert_eq!(links.len(), shown, "{path}: {}", page.text());
        titles.extend(links.into_iter().map(ToOwned::to_owned));
        let next = between(page.text(), "rel=\"next\" href=\"", "\"");
        assert_eq!(next.is_empty(), shown < 50, "{path}");
        path = next.first().map_or_else(String::new, |&next| next.to_owned());
    }
    assert!(titles.last().unwrap().contains("Invoice API"), "{titles:?}");
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 205, "each once");
    let past = client.get(&format!("/contracts?before={}", deal.contract)).await;
    assert!(past.text().contains("no older contracts"), "{}", past.text());
    assert_eq!(
        client.get("/contracts?before=x").await.status,
        StatusCode::NOT_FOUND
    );

    let turns = client.get("/me").await;
    assert!(
        turns.text().contains("review version 1 of “Invoice API”"),
        "{}",
        turns.text()
    );
    let balance = client.get("/balance").await;
    let all = "<dt>$1,200.00</dt><dd>in all</dd>";
    assert!(balance.text().contains(all), "{}", balance.text());
}
