//! One table: a quantity, and what grows with it.

/// What a figure counts.
#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    Seconds,
    Bytes,
    /// A figure that should stay as it is from row to row.
    EachBytes,
}

/// A table while it is filled.
pub struct Table {
    columns: Vec<(&'static str, Unit)>,
    rows: Vec<(f64, Vec<f64>)>,
}

/// An exponent up to this is called linear: caches and noise take their share.
const LINEAR: f64 = 1.15;

/// Figures below these are noise, and grow as they like.
const NOISE: [(Unit, f64); 3] = [(Unit::Seconds, 2e-6), (Unit::Bytes, 10_000.0), (Unit::EachBytes, f64::MAX)];

impl Table {
    /// Prints the title and begins.
    pub fn new(title: &str, quantity: &str, columns: &[(&'static str, Unit)]) -> Self {
        println!("\n### {title}\n");
        print!("| {quantity} |");
        for (name, unit) in columns {
            print!(" {name} |{}", if *unit == Unit::EachBytes { "" } else { " exponent |" });
        }
        println!();
        let cells: usize = columns.iter().map(|(_, unit)| if *unit == Unit::EachBytes { 1 } else { 2 }).sum();
        println!("|{}", "---|".repeat(cells + 1));
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Prints the next row.
    pub fn row(&mut self, quantity: f64, shown: &str, figures: &[f64]) {
        print!("| {shown} |");
        for (n, ((_, unit), figure)) in self.columns.iter().zip(figures).enumerate() {
            print!(" {} |", show(*figure, *unit));
            if *unit != Unit::EachBytes {
                print!(
                    " {} |",
                    self.exponent(n, quantity, *figure).map_or("–".to_owned(), |e| format!("{e:.2}"))
                );
            }
        }
        println!();
        self.rows.push((quantity, figures.to_vec()));
    }

    /// Says of each column whether it grew in step at most.
    pub fn end(self) {
        println!();
        for (n, (name, unit)) in
            self.columns.iter().enumerate().filter(|(_, (_, unit))| *unit != Unit::EachBytes)
        {
            let noise = NOISE.iter().find(|(known, _)| known == unit).map_or(0.0, |(_, least)| *least);
            // From the first figure that is more than noise to the last: single steps hold surprises.
            let first = self.rows.iter().find(|(_, figures)| figures[n] > noise);
            let grown = match (first, self.rows.last()) {
                (Some(first), Some(last)) if last.0 > first.0 => {
                    Some((last.1[n] / first.1[n]).log10() / (last.0 / first.0).log10())
                }
                _ => None,
            };
            let verdict = match grown {
                None => "too small to grow".to_owned(),
                Some(e) if e < 0.15 => format!("flat (exponent {e:.2})"),
                Some(e) if e <= LINEAR => format!("linear or better (exponent {e:.2})"),
                Some(e) => format!("WORSE THAN LINEAR (exponent {e:.2})"),
            };
            println!("- {name}: {verdict}");
        }
    }

    fn exponent(&self, column: usize, quantity: f64, figure: f64) -> Option<f64> {
        let (before, figures) = self.rows.last()?;
        let grown = figure / figures[column];
        (grown.is_finite() && grown > 0.0).then(|| grown.log10() / (quantity / before).log10())
    }
}

fn show(figure: f64, unit: Unit) -> String {
    let scale = |steps: &[(f64, &str)]| {
        let (size, name) = steps.iter().find(|(size, _)| figure >= *size).or(steps.last()).expect("a step");
        format!("{:.2} {name}", figure / size)
    };
    match unit {
        Unit::Seconds => scale(&[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]),
        Unit::Bytes | Unit::EachBytes => scale(&[(1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "B")]),
    }
}
