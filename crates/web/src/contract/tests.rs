//! Contracts in the browser, from the signature to the payment.

mod by_card;
mod list;
mod terms;

use axum::http::StatusCode;
use earnest_app::contract::{self, Also};
use earnest_hire::contract::{Actor, Command, Contract, Offer, PROCESS_VERSION, Plan};
use earnest_hire::ids::{ContractId, Ids, MilestoneId, PersonId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::{Email, Role};

use crate::testing::{NOW, Reply, Visitor, between};

/// A contract over two milestones that nobody has signed.
pub(crate) struct Deal {
    pub(crate) visitor: Visitor,
    pub(crate) client: Visitor,
    pub(crate) expert: Visitor,
    pub(crate) people: (PersonId, PersonId),
    pub(crate) contract: ContractId,
    pub(crate) milestone: MilestoneId,
    sha256: String,
}

fn plan(title: &str, deliverable: &str) -> Plan {
    Plan {
        title: title.to_owned(),
        deliverable: deliverable.to_owned(),
        acceptance: vec![
            "All endpoints answer.".to_owned(),
            "p95 is under 80 ms.".to_owned(),
        ],
        price_minor: Minor(120_000),
        due_on: "2026-12-25".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    }
}

impl Deal {
    async fn new() -> Self {
        Self::of("Invoice API", "An API for invoices.").await
    }

    async fn of(title: &str, deliverable: &str) -> Self {
        Self::made(Visitor::new(), title, deliverable).await
    }

    /// On a site of the test's own.
    pub(crate) async fn on(visitor: Visitor) -> Self {
        Self::made(visitor, "Invoice API", "An API for invoices.").await
    }

    async fn made(visitor: Visitor, title: &str, deliverable: &str) -> Self {
        let client = visitor.come_in("clara@example.org", "Clara Weiss").await;
        let expert = visitor.come_in("emil@example.org", "Emil Berg").await;
        let people = (
            person(&visitor, "clara@example.org").await,
            person(&visitor, "emil@example.org").await,
        );
        let mut ids = Ids::new(NOW, [7; 16]);
        let milestone = ids.milestone();
        let offer = Offer {
            process: PROCESS_VERSION,
            client: people.0,
            expert: people.1,
            currency: Currency::USD,
            terms: visitor.desk().terms.clone(),
            milestones: vec![
                (milestone, plan(title, deliverable)),
                (ids.milestone(), plan("Cut-over", "The old one is switched off.")),
            ],
        };
        let actor = Actor::Person { id: people.0 };
        let begun = contract::begin(visitor.desk(), &offer, &actor, None)
            .await
            .unwrap();
        Self {
            visitor,
            client,
            expert,
            people,
            contract: begun.contract,
            milestone,
            sha256: offer.sha256().unwrap(),
        }
    }

    pub(crate) fn page(&self) -> String {
        format!("/contracts/{}", self.contract)
    }

    pub(crate) fn act(&self, act: &str) -> String {
        format!("/milestones/{}/{act}", self.milestone)
    }

    pub(crate) async fn kept(&self) -> Contract {
        contract::show(self.visitor.desk(), self.contract, self.people.0)
            .await
            .unwrap()
    }

    /// Signed by both.
    pub(crate) async fn signed() -> Self {
        let deal = Self::new().await;
        for party in [&deal.client, &deal.expert] {
            let page = party.get(&deal.page()).await;
            let form = format!("{}&sha256={}", hidden(&page), deal.sha256);
            done(&party.post(&format!("{}/sign", deal.page()), &form).await);
        }
        deal
    }

    /// Signed, funded, and the expert is known to the provider.
    pub(crate) async fn funded() -> Self {
        let deal = Self::signed().await;
        done(&fill(&deal.client, &deal.act("fund"), "&way=bank+bank").await);
        let payment = deal.kept().await.payments[0].clone();
        let captured = Command::Captured {
            payment: payment.id,
            amount: earnest_hire::contract::money(payment.asked_minor, Currency::USD),
            fee: earnest_hire::contract::money(Minor::ZERO, Currency::USD),
            receipt: "r1".to_owned(),
        };
        let bank = Actor::Provider { name: Name::bank() };
        let desk = deal.visitor.desk();
        contract::act(desk, deal.contract, &captured, &bank, Also::Nothing)
            .await
            .unwrap();
        desk.store.onboard(deal.people.1, NOW).await.unwrap();
        deal
    }

    /// At work, and a first version submitted.
    pub(crate) async fn submitted() -> Self {
        let deal = Self::funded().await;
        done(&fill(&deal.expert, &deal.act("start"), "").await);
        done(&fill(&deal.expert, &deal.act("submit"), SUBMIT).await);
        deal
    }
}

const SUBMIT: &str =
    "&ticked=0&ticked=1&links=https%3A%2F%2Fexample.org%2Fpull%2F41&note=First+line%0D%0Asecond+line";

pub(crate) async fn person(visitor: &Visitor, email: &str) -> PersonId {
    let email: Email = email.parse().unwrap();
    let read = visitor.desk().store.read(move |mut view| {
        let email = email.clone();
        async move { view.person_of_email(&email).await }
    });
    let found: Result<_, earnest_store::Error> = read.await;
    found.unwrap().unwrap().id
}

/// The key and stamp that stand in a page's form.
pub(crate) fn hidden(page: &Reply) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let inputs = between(page.text(), "<input type=\"hidden\" name=\"", ">");
    let pair = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").unwrap();
        format!("{name}={}", rest.trim_end_matches('"'))
    };
    let pairs: Vec<String> = inputs.into_iter().map(pair).collect();
    pairs.join("&")
}

/// Opens the page of an act, fills it in and sends it; and once more where it asks for that.
pub(crate) async fn fill(party: &Visitor, path: &str, form: &str) -> Reply {
    let page = party.get(path).await;
    let first = party.post(path, &format!("{}{form}", hidden(&page))).await;
    if first.status == StatusCode::OK && first.text().contains("name=\"confirmed\"") {
        return party.post(path, &hidden(&first)).await;
    }
    first
}

pub(crate) fn done(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
}

#[tokio::test]
async fn from_the_signature_to_the_payment() {
    let deal = Deal::new().await;
    let page = deal.client.get(&deal.page()).await;
    assert_eq!(page.header("cache-control"), "private, no-store");
    let text = page.text();
    for part in [
        "Invoice API · with Emil Berg",
        "You and Emil Berg are to read and sign the contract",
        "Sign this contract",
        "<b>$2,400.00</b> not funded yet",
        "Held by Northgate GmbH.",
        &deal.sha256,
        // the money table
        "$2,160.00",
        "$1,080.00",
        "5 days",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }

    let deal = Deal::signed().await;
    let page = deal.client.get(&deal.page()).await;
    assert!(
        page.text().contains("Your turn: fund “Invoice API”"),
        "{}",
        page.text()
    );
    let ask = deal.client.get(&deal.act("fund")).await;
    assert!(ask.text().contains("Go on to pay $1,200.00"), "{}", ask.text());

    let deal = Deal::submitted().await;
    let page = deal.client.get(&deal.page()).await;
    for part in [
        "Your turn: review version 1 of “Invoice API”",
        "If you do nothing, it counts as approved then and $1,200.00 is released to Emil Berg.",
        "<b>$1,200.00</b> held",
        "Approve and pay $1,200.00",
        "First line",
        "second line",
        "rel=\"noopener nofollow ugc\"",
        "Emil Berg submitted a version of 1 · Invoice API",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let ask = deal.client.get(&deal.act("approve")).await;
    for part in ["$1,080.00", "to Emil Berg", "$120.00", "This cannot be undone."] {
        assert!(ask.text().contains(part), "{part}: {}", ask.text());
    }
    done(&fill(&deal.client, &deal.act("approve"), "").await);
    let page = deal.expert.get(&deal.page()).await;
    assert!(
        page.text().contains("<b>$1,200.00</b> released"),
        "{}",
        page.text()
    );
    let balance = deal.expert.get("/balance").await;
    assert!(balance.text().contains("$1,080.00"), "{}", balance.text());
    assert!(balance.text().contains("29 November 2026"), "{}", balance.text());
    assert!(balance.text().contains("disabled"));
}

#[tokio::test]
async fn a_double_click_acts_once_and_another_text_under_its_key_not_at_all() {
    let deal = Deal::funded().await;
    done(&fill(&deal.expert, &deal.act("start"), "").await);
    let path = deal.act("submit");
    let form = format!("{}{SUBMIT}", hidden(&deal.expert.get(&path).await));
    let (first, second) = tokio::join!(deal.expert.post(&path, &form), deal.expert.post(&path, &form));
    done(&first);
    done(&second);
    assert_eq!(deal.kept().await.milestones[0].versions, 1);
    let other = deal.expert.post(&path, &form.replace("First", "Other")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(deal.kept().await.milestones[0].versions, 1);
}

#[tokio::test]
async fn changes_are_asked_for_by_item_and_round() {
    let deal = Deal::submitted().await;
    let path = deal.act("request-changes");
    let nothing = fill(&deal.client, &path, "&note=").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.text().contains("Tick at least one item"),
        "{}",
        nothing.text()
    );
    assert!(nothing.text().contains("Say what is missing"));
    done(&fill(&deal.client, &path, "&unmet=1&note=It+takes+95+ms.").await);
    let page = deal.expert.get(&deal.page()).await;
    for part in [
        "Your turn: submit “Invoice API” with the changes",
        "It takes 95 ms.",
        "<li class=\"unmet\">p95 is under 80 ms.",
        "1 of 2 rounds of changes left",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    done(&fill(&deal.expert, &deal.act("submit"), SUBMIT).await);
    let page = deal.client.get(&deal.page()).await;
    assert!(page.text().contains("review version 2"), "{}", page.text());
}

#[tokio::test]
async fn whoever_is_no_party_sees_nothing() {
    let deal = Deal::submitted().await;
    let stranger = deal.visitor.come_in("mallory@example.org", "Mallory").await;
    for path in [
        deal.page(),
        deal.act("approve"),
        format!("{}/decline", deal.page()),
    ] {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        let out = deal.visitor.get(&path).await;
        assert_eq!(out.status, StatusCode::SEE_OTHER);
        assert!(out.header("location").starts_with("/sign-in?to="), "{path}");
    }
    for path in [deal.act("approve"), format!("{}/sign", deal.page())] {
        assert_eq!(
            stranger.post(&path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["/contracts/con_1", "/milestones/mst_1/approve", "/payments/pay_1"] {
        assert_eq!(
            deal.client.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let payment = deal.kept().await.payments[0].id;
    let payment = format!("/payments/{payment}");
    assert_eq!(deal.expert.get(&payment).await.status, StatusCode::NOT_FOUND);
    assert_eq!(deal.client.get(&payment).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_office_reads_and_acts_for_nobody() {
    let deal = Deal::submitted().await;
    let operator = deal.visitor.come_in("olga@example.org", "Olga").await;
    let id = person(&deal.visitor, "olga@example.org").await;
    let set = deal.visitor.desk().store.write(move |mut tx| async move {
        tx.set_roles(id, &[Role::Finance].into_iter().collect()).await?;
        tx.commit(()).await
    });
    let set: Result<(), earnest_store::Error> = set.await;
    set.unwrap();
    let visit = format!("/office/visits/{}", deal.contract);
    done(&operator.post(&visit, "reason=A+check+of+it").await);
    let page = operator.get(&deal.page()).await;
    assert!(
        page.text().contains("Clara Weiss and Emil Berg"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains("Approve and pay"), "{}", page.text());
    for path in [deal.act("approve"), deal.act("give-back")] {
        let reply = operator.post(&path, "amount=1.00&confirmed=yes").await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{path}");
        assert!(
            reply.text().contains("does not act for a party"),
            "{}",
            reply.text()
        );
    }
    assert!(deal.kept().await.milestones[0].held().unwrap().is_positive());
}

#[tokio::test]
async fn another_text_than_was_read_is_not_signed() {
    let deal = Deal::new().await;
    let page = deal.client.get(&deal.page()).await;
    let form = format!(
        "once={}&sha256={}",
        between(page.text(), "name=\"once\" value=\"", "\"")[0],
        "0".repeat(64)
    );
    let reply = deal.client.post(&format!("{}/sign", deal.page()), &form).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(
        reply.text().contains("Read the contract again"),
        "{}",
        reply.text()
    );
    assert!(reply.text().contains(&format!("href=\"{}\"", deal.page())));
    assert_eq!(deal.kept().await.client_signed_at, None);
}

#[tokio::test]
async fn a_page_that_is_old_does_nothing() {
    let deal = Deal::submitted().await;
    let path = deal.act("approve");
    let form = hidden(&deal.client.get(&path).await);
    done(&fill(&deal.expert, &deal.act("give-back"), "&amount=200.00").await);
    let reply = deal.client.post(&path, &form).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text().contains("Something has changed"), "{}", reply.text());
    assert_eq!(deal.kept().await.milestones[0].held(), Ok(Minor(100_000)));
}

#[tokio::test]
async fn whoever_must_act_is_written_to_once() {
    let deal = Deal::submitted().await;
    let letters = deal.visitor.letters_to("clara@example.org").await;
    let waits: Vec<_> = letters
        .iter()
        .filter(|letter| letter.subject.contains("a version waits for your review"))
        .collect();
    assert_eq!(waits.len(), 1, "{letters:#?}");
    assert!(waits[0].body.contains("“Invoice API”"), "{}", waits[0].body);
    let link = format!("{}{}", deal.visitor.desk().origin, deal.page());
    assert!(waits[0].body.contains(&link), "{}", waits[0].body);
    assert_eq!(deal.visitor.letters_to("clara@example.org").await.len(), 0);
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let deal = Deal::submitted().await;
    let page = deal.client.get(&deal.page()).await;
    let greyed = between(page.text(), "<li class=\"why\"><s>", "</li>");
    let cancel = greyed.iter().find(|one| one.contains("Cancel")).unwrap();
    assert!(cancel.contains("The expert has begun."), "{cancel}");
    for (path, why) in [
        (deal.act("cancel"), "The expert has begun."),
        (deal.act("fund"), "There is no such thing"),
        (deal.act("start"), "There is no such thing"),
        (format!("{}/sign", deal.page()), "There is no such thing"),
    ] {
        let reply = deal.client.get(&path).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{path}");
        assert!(reply.text().contains(why), "{path}: {}", reply.text());
        assert!(reply.text().contains("Back to the contract"), "{path}");
    }
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let hostile = "<script>alert(1)</script>\"'&";
    let deal = Deal::of(hostile, hostile).await;
    let page = deal.client.get(&deal.page()).await;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(
        page.text().contains("&#60;script&#62;alert(1)"),
        "{}",
        page.text()
    );

    let deal = Deal::funded().await;
    done(&fill(&deal.expert, &deal.act("start"), "").await);
    let path = deal.act("submit");
    for link in [
        "javascript%3Aalert(1)",
        "https%3A%2F%2Fa%22onmouseover%3D",
        "//evil.example",
    ] {
        let reply = fill(&deal.expert, &path, &format!("&ticked=0&ticked=1&links={link}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{link}");
    }
    let form = "&ticked=0&ticked=1&links=https%3A%2F%2Fexample.org&note=%3Cb%3Ebold%3C%2Fb%3E";
    done(&fill(&deal.expert, &path, form).await);
    let page = deal.client.get(&deal.page()).await;
    assert!(!page.text().contains("<b>bold"), "{}", page.text());
}

#[tokio::test]
async fn parts_settlements_and_disputes_show_their_sums_once_more() {
    let deal = Deal::submitted().await;
    let path = deal.act("release");
    let page = deal.client.get(&path).await;
    let shown = deal
        .client
        .post(&path, &format!("{}&amount=300.00", hidden(&page)))
        .await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text().contains("Pay $300.00"), "{}", shown.text());
    assert!(shown.text().contains("$270.00"), "{}", shown.text());
    assert_eq!(deal.kept().await.milestones[0].held(), Ok(Minor(120_000)));
    done(&deal.client.post(&path, &hidden(&shown)).await);
    assert_eq!(deal.kept().await.milestones[0].held(), Ok(Minor(90_000)));
    let too_much = fill(&deal.client, &path, "&amount=901").await;
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        too_much.text().contains("more than is held"),
        "{}",
        too_much.text()
    );

    done(
        &fill(
            &deal.client,
            &deal.act("disputes"),
            "&unconditional=100&offer=300&reason=It+is+slow.",
        )
        .await,
    );
    let page = deal.expert.get(&deal.page()).await;
    for part in [
        "Your turn: answer the dispute about “Invoice API”",
        "It is slow.",
        "held, in dispute",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    done(
        &fill(
            &deal.expert,
            &deal.act("answer-dispute"),
            "&unconditional=0&offer=900",
        )
        .await,
    );
    done(
        &fill(
            &deal.expert,
            &deal.act("settlements"),
            "&to_expert=500&to_client=300",
        )
        .await,
    );
    let page = deal.client.get(&deal.act("accept-settlement")).await;
    assert!(
        page.text().contains("Accept $500.00 and $300.00"),
        "{}",
        page.text()
    );
    done(&fill(&deal.client, &deal.act("accept-settlement"), "").await);
    let kept = deal.kept().await;
    assert_eq!(kept.milestones[0].state.kind().name(), "split");
}

#[tokio::test]
async fn changes_of_the_contract_are_proposed_and_answered() {
    let deal = Deal::signed().await;
    let path = format!("{}/pause", deal.page());
    done(&fill(&deal.client, &path, "").await);
    let page = deal.expert.get(&deal.page()).await;
    assert!(
        page.text().contains("Clara Weiss proposed: all clocks stop"),
        "{}",
        page.text()
    );
    done(&fill(&deal.expert, &format!("{}/accept-amendment", deal.page()), "").await);
    assert!(deal.kept().await.is_paused());
    done(&fill(&deal.client, &format!("{}/resume", deal.page()), "").await);
    done(&fill(&deal.client, &deal.act("amendments"), "&change=drop").await);
    done(&fill(&deal.expert, &format!("{}/accept-amendment", deal.page()), "").await);
    assert_eq!(deal.kept().await.milestones[0].state.kind().name(), "canceled");
    done(
        &fill(
            &deal.client,
            &format!("{}/absence", deal.page()),
            "&from=2026-12-01&until=2026-12-05",
        )
        .await,
    );
    assert_eq!(deal.kept().await.absences.len(), 1);
}

#[tokio::test]
async fn the_list_says_what_waits_and_the_empty_one_what_to_do() {
    let deal = Deal::submitted().await;
    let list = deal.client.get("/contracts").await;
    assert!(
        list.text().contains("Your turn: review version 1"),
        "{}",
        list.text()
    );
    let list = deal.expert.get("/contracts").await;
    assert!(
        list.text().contains("Invoice API · with Clara Weiss"),
        "{}",
        list.text()
    );
    assert!(!list.text().contains("Your turn"), "{}", list.text());
    let stranger = deal.visitor.come_in("mallory@example.org", "Mallory").await;
    let empty = stranger.get("/contracts").await;
    assert!(
        empty.text().contains("You have no contract yet"),
        "{}",
        empty.text()
    );
    let balance = deal.client.get("/balance").await;
    assert!(
        balance.text().contains("counts as approved then"),
        "{}",
        balance.text()
    );
    assert_eq!(stranger.get("/balance").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_way_to_pay_waits_for_the_provider() {
    let deal = Deal::signed().await;
    for way in ["moon+card", "bank+card", "bank", ""] {
        let reply = fill(&deal.client, &deal.act("fund"), &format!("&way={way}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{way}");
        assert!(reply.text().contains("Choose how to pay."), "{way}");
    }
    let begun = fill(&deal.client, &deal.act("fund"), "&way=bank+bank").await;
    let path = begun.header("location").to_owned();
    let page = deal.client.get(&path).await;
    assert_eq!(page.header("refresh"), "2");
    earnest_app::job::run_due(deal.visitor.desk()).await.unwrap();
    let page = deal.client.get(&path).await;
    assert_eq!(page.header("refresh"), "");
    assert!(
        page.text()
            .contains("Transfer $1,200.00 to the account of Northgate GmbH"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("P-"), "{}", page.text());
}
