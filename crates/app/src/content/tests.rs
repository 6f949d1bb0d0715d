use super::*;

fn catalogue() -> Catalogue {
    Catalogue::read(&embedded()).unwrap_or_else(|faults| {
        panic!(
            "{}",
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    })
}

#[test]
fn the_embedded_content_has_no_fault() {
    let catalogue = catalogue();
    let comparison = catalogue
        .comparison("python-vs-nodejs-for-backend-hiring")
        .unwrap();
    for edition in &comparison.editions {
        println!(
            "edition {} {}",
            edition.edition.head.number,
            edition.edition.sha256().unwrap()
        );
        for row in &edition.cells {
            for cell in row {
                println!(
                    "{} {} {:?} {:?} {}",
                    cell.technology, cell.criterion, cell.score, cell.basis, cell.sources_disagree
                );
                for reading in &cell.readings {
                    println!("    {} w{} {:?}", reading.id, reading.weight, reading.score);
                }
            }
        }
    }
}
