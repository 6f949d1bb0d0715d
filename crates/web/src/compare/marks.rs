//! How an option looks: its colour class and its shape, the same through the whole site.

/// Shapes as characters, by the option's position; they repeat after the sixth.
const MARKS: [&str; 6] = ["●", "◆", "▲", "■", "▼", "✚"];

/// The class that gives an option its colour.
pub(crate) fn class(option: usize) -> &'static str {
    const CLASSES: [&str; 6] = [
        "option-1", "option-2", "option-3", "option-4", "option-5", "option-6",
    ];
    CLASSES.get(option % CLASSES.len()).copied().unwrap_or("option-1")
}

/// The character that stands for an option in running text.
pub(crate) fn mark(option: usize) -> &'static str {
    MARKS.get(option % MARKS.len()).copied().unwrap_or("●")
}

/// The outline of an option's shape around a point, as SVG path data.
pub(crate) fn shape(option: usize, x: f64, y: f64) -> String {
    match option % MARKS.len() {
        0 => format!("M{:.1} {y:.1}a6 6 0 1 0 12 0a6 6 0 1 0-12 0", x - 6.0),
        1 => format!("M{x:.1} {:.1}l7.5 7.5l-7.5 7.5l-7.5-7.5z", y - 7.5),
        2 => format!("M{x:.1} {:.1}l7 12h-14z", y - 7.0),
        3 => format!("M{:.1} {:.1}h11v11h-11z", x - 5.5, y - 5.5),
        4 => format!("M{x:.1} {:.1}l-7-12h14z", y + 7.0),
        _ => format!(
            "M{:.1} {:.1}h5v4.5h4.5v5h-4.5v4.5h-5v-4.5h-4.5v-5h4.5z",
            x - 2.5,
            y - 7.0
        ),
    }
}
