//! What the demo's people ask for and agree on. Nobody in it is real.

/// A request, as its client wrote it.
pub(super) struct Story {
    /// Names what is done in it, so that a start that was cut short does nothing twice.
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) details: &'static str,
    pub(super) role: &'static str,
    pub(super) budget: &'static str,
    pub(super) acceptance: &'static [&'static str],
    /// What the expert wrote first, and what the client answered.
    pub(super) talk: [&'static str; 2],
    /// The expert's answer to each acceptance item.
    pub(super) answers: &'static [&'static str],
    pub(super) parts: &'static [Part],
}

/// A milestone as it was proposed.
pub(super) struct Part {
    pub(super) title: &'static str,
    pub(super) deliverable: &'static str,
    pub(super) acceptance: &'static [&'static str],
    /// In whole units of the currency.
    pub(super) price: i64,
    /// So many days after the proposal.
    pub(super) due_in: i64,
}

/// Without a proposal.
const OPEN: Story = Story {
    name: "",
    summary: "",
    details: "",
    role: "",
    budget: "",
    acceptance: &[],
    talk: ["", ""],
    answers: &[],
    parts: &[],
};

pub(super) const QUOTES: Story = Story {
    name: "quotes",
    summary: "An API that prices insurance quotes",
    details: "Our brokers wait up to 20 seconds for a price. The rules are in a spreadsheet that two people understand.",
    role: "Python engineer",
    budget: "9,000-14,000",
    acceptance: &[
        "A quote is answered within 200 ms",
        "Every rule of the spreadsheet has a test",
    ],
    talk: [
        "Which of the rules change most often, and who changes them?",
        "The discounts, about monthly. Our actuary changes them and would like to see what a change does first.",
    ],
    answers: &[
        "Rules are read into memory once; measured on your machine.",
        "One test a row, with the row's number in its name.",
    ],
    parts: &[
        Part {
            title: "Rules as code",
            deliverable: "The rules of the spreadsheet as a tested library.",
            acceptance: &["All 148 rows have a test", "The actuary can read a rule"],
            price: 3_200,
            due_in: 20,
        },
        Part {
            title: "The quote service",
            deliverable: "A service that answers quotes over HTTP.",
            acceptance: &["A quote is answered within 200 ms", "A README says how to run it"],
            price: 4_500,
            due_in: 50,
        },
        Part {
            title: "A preview for the actuary",
            deliverable: "A page that shows what a changed discount does to last month's quotes.",
            acceptance: &["Last month is priced again within a minute"],
            price: 2_400,
            due_in: 62,
        },
    ],
};

pub(super) const FREIGHT: Story = Story {
    name: "freight",
    summary: "Live tracking of freight for our customers",
    details: "Drivers' phones already send positions. Customers still call us to ask where their pallet is.",
    role: "Node.js engineer",
    budget: "12,000",
    acceptance: &["A position is on the map within 5 seconds"],
    talk: [
        "How many vehicles are on the road at once, and how long do you keep positions?",
        "About 300, and 30 days are enough.",
    ],
    answers: &["One process holds 10,000 open connections; yours needs 1,000."],
    parts: &[
        Part {
            title: "Positions in, positions out",
            deliverable: "A service that takes positions and streams them on.",
            acceptance: &["300 vehicles for an hour without a lost position"],
            price: 3_800,
            due_in: 32,
        },
        Part {
            title: "The customers' map",
            deliverable: "A page on which a customer sees their own freight.",
            acceptance: &["A position is on the map within 5 seconds", "It works on a phone"],
            price: 3_400,
            due_in: 48,
        },
        Part {
            title: "Arrival times",
            deliverable: "An estimate of when each vehicle arrives.",
            acceptance: &["Nine of ten estimates are right to 15 minutes"],
            price: 2_800,
            due_in: 52,
        },
    ],
};

pub(super) const MIGRATION: Story = Story {
    name: "migration",
    summary: "Move our orders from a spreadsheet to a database",
    details: "Eleven years of orders in 40 sheets. Some have notes in the margin.",
    role: "Data engineer",
    budget: "5,000",
    acceptance: &["No order is lost, and each that was changed is listed"],
    talk: [
        "May I see ten sheets from different years before I name a price?",
        "They are in the shared folder now. 2017 is the worst one.",
    ],
    answers: &["A list of every order that did not come over as it was, with the reason."],
    parts: &[
        Part {
            title: "Orders since 2020",
            deliverable: "The orders of the last years in PostgreSQL.",
            acceptance: &["The sum of each month is the same in both"],
            price: 2_000,
            due_in: 24,
        },
        Part {
            title: "The older sheets",
            deliverable: "The rest, with the notes as comments.",
            acceptance: &["Every note is with its order"],
            price: 1_800,
            due_in: 30,
        },
    ],
};

pub(super) const FORECAST: Story = Story {
    name: "forecast",
    summary: "A forecast of tomorrow's electricity demand",
    details: "We buy for 40,000 households a day ahead and are off by 9 percent too often.",
    role: "Python engineer",
    budget: "6,000-8,000",
    acceptance: &["The mean error over last year is below 5 percent"],
    talk: [
        "Do you have the weather that was forecast at the time, or only what came?",
        "Both, since 2021.",
    ],
    answers: &["Tested against your own buying of last year, day by day."],
    parts: &[Part {
        title: "The forecast and its test",
        deliverable: "A program that forecasts a day, and a report of last year.",
        acceptance: &[
            "The mean error over last year is below 5 percent",
            "It runs within a minute",
        ],
        price: 5_600,
        due_in: 25,
    }],
};

pub(super) const REPORTS: Story = Story {
    name: "reports",
    summary: "Nightly reports that arrive before the shift begins",
    details: "The batch takes six hours and fails about twice a month.",
    role: "Go engineer",
    budget: "7,000",
    acceptance: &["The reports are there at 5 in the morning, 30 days in a row"],
    talk: [
        "Is the database busy at night for another reason?",
        "The backup runs at two. It could run at ten.",
    ],
    answers: &["I read the query plans first; the backup moves only if it has to."],
    parts: &[
        Part {
            title: "Find what is slow",
            deliverable: "A list of the slowest steps with their query plans, and the first three mended.",
            acceptance: &["The batch takes three hours at most"],
            price: 2_100,
            due_in: 26,
        },
        Part {
            title: "Reports that can be run twice",
            deliverable: "Each report can be repeated alone.",
            acceptance: &["A repeated report is the same to the byte"],
            price: 2_600,
            due_in: 40,
        },
        Part {
            title: "Reports as mail",
            deliverable: "The reports go out by mail.",
            acceptance: &["Each foreman has theirs at 5 in the morning"],
            price: 900,
            due_in: 45,
        },
    ],
};

pub(super) const SEARCH: Story = Story {
    name: "search",
    summary: "A search that finds what people mean",
    details: "One in five searches of our shop finds nothing although we sell it.",
    role: "Rust engineer",
    budget: "6,500",
    acceptance: &["Of 200 searches we give you, at least 180 find the right thing among the first five"],
    talk: [
        "Which language do people search in, and do they mix them?",
        "German and Turkish, and yes, within one search.",
    ],
    answers: &["Both languages in one index; your 200 searches are the test."],
    parts: &[
        Part {
            title: "The index",
            deliverable: "An index of all 60,000 articles that answers in 20 ms.",
            acceptance: &[
                "180 of the 200 searches find it",
                "The index is built within ten minutes",
            ],
            price: 3_900,
            due_in: 22,
        },
        Part {
            title: "Corrections as one types",
            deliverable: "Suggestions for words that were mistyped.",
            acceptance: &["A suggestion is there within 50 ms"],
            price: 1_700,
            due_in: 40,
        },
    ],
};

pub(super) const LABELS: Story = Story {
    name: "labels",
    summary: "Labels that our scanners read at the first try",
    details: "One parcel in thirty is labelled by hand because a scanner gives up.",
    role: "Data engineer",
    budget: "4,000",
    acceptance: &["Of 1,000 parcels at most five are labelled by hand"],
    talk: [
        "Is it the print, the placement, or the data on the label?",
        "Mostly the data: addresses that are too long are cut in the middle.",
    ],
    answers: &["Measured on a day's parcels, before and after."],
    parts: &[
        Part {
            title: "Addresses that fit",
            deliverable: "A program that shortens addresses by rules, and a list of what it cannot shorten.",
            acceptance: &["No address of last month is cut in the middle"],
            price: 1_500,
            due_in: 20,
        },
        Part {
            title: "Labels from the new data",
            deliverable: "Labels that are printed from the shortened addresses.",
            acceptance: &["A scanner reads 995 of 1,000"],
            price: 1_100,
            due_in: 22,
        },
        Part {
            title: "A page for what is left",
            deliverable: "A page on which somebody mends what the program cannot.",
            acceptance: &["An address is mended within a minute"],
            price: 900,
            due_in: 45,
        },
    ],
};

pub(super) const BOOKING: Story = Story {
    name: "booking",
    summary: "Booking of rooms that our members understand",
    details: "Members book by mail today, and two groups often stand before one door.",
    role: "Python engineer",
    budget: "3,000-4,500",
    acceptance: &[
        "No room can be booked twice",
        "A booking takes a minute on a phone",
    ],
    talk: [
        "Do bookings repeat, such as every Tuesday?",
        "Most of them do, except in the holidays.",
    ],
    answers: &[
        "The database refuses it, not the page.",
        "Measured with three of your members.",
    ],
    parts: &[
        Part {
            title: "Rooms and bookings",
            deliverable: "Pages to see, make and cancel bookings.",
            acceptance: &["No room can be booked twice"],
            price: 2_300,
            due_in: 25,
        },
        Part {
            title: "Bookings that repeat",
            deliverable: "Series of bookings with exceptions.",
            acceptance: &["A holiday is left out of all series at once"],
            price: 1_200,
            due_in: 40,
        },
    ],
};

pub(super) const INVOICES: Story = Story {
    name: "invoices",
    summary: "Read incoming invoices without typing them",
    details: "About 900 a month, most of them as PDF, some as photographs.",
    role: "Python engineer",
    budget: "8,000-10,000",
    acceptance: &[
        "Nine of ten invoices need no correction",
        "What was not read is listed, with the page",
    ],
    talk: [
        "May I have 50 invoices with their bookings, to measure before I promise?",
        "Yes. I will put them together until Thursday.",
    ],
    ..OPEN
};

pub(super) const STATUS: Story = Story {
    name: "status",
    summary: "A status page that tells the truth",
    details: "Ours is green by hand. It shall be red by itself.",
    role: "Node.js engineer",
    budget: "2,500",
    acceptance: &["An outage is on the page within two minutes"],
    talk: [
        "Which outages did nobody notice last year?",
        "Two. Both times the health check itself was down.",
    ],
    answers: &["Measured from outside, from two places."],
    parts: &[Part {
        title: "Checks from outside",
        deliverable: "Checks from two places, and a page that shows them.",
        acceptance: &["An outage is on the page within two minutes"],
        price: 2_300,
        due_in: 20,
    }],
};

pub(super) const MOBILE: Story = Story {
    name: "mobile",
    summary: "Meter readings from a phone",
    details: "Households read their meter once a year. A photograph shall be enough.",
    role: "Full-stack engineer",
    budget: "15,000",
    acceptance: &["Nine of ten photographs are read right"],
    talk: [
        "How many kinds of meters are there, and do you have photographs of each?",
        "Seventeen kinds. Of twelve we have a hundred photographs or more.",
    ],
    answers: &["Measured with photographs that the program has not seen before."],
    parts: &[Part {
        title: "Twelve kinds of meters",
        deliverable: "A program that reads the kinds of which there are photographs.",
        acceptance: &["Nine of ten photographs are read right"],
        price: 6_800,
        due_in: 60,
    }],
};

pub(super) const ARCHIVE: Story = Story {
    name: "archive",
    summary: "An archive of delivery notes that can be searched",
    details: "Ten years of paper, scanned.",
    role: "Python engineer",
    budget: "4,000",
    acceptance: &["A note is found by its number or its customer"],
    talk: [
        "Are the notes typed, or written by hand?",
        "Typed, but stamped over.",
    ],
    answers: &["Numbers are read twice, in two ways; what differs is listed."],
    parts: &[Part {
        title: "Ten years of notes",
        deliverable: "A search over all notes, with the scan beside what was read.",
        acceptance: &["A note is found by its number or its customer"],
        price: 3_700,
        due_in: 40,
    }],
};

pub(super) const LETTERS: Story = Story {
    name: "letters",
    summary: "Letters to members from our own templates",
    details: "We would like to stop copying names by hand.",
    role: "Python engineer",
    budget: "",
    ..OPEN
};
