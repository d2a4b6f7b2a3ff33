//! x
use gradual_consensus_economics::{strategies::rows, table};
fn main() {
    let begun = std::time::Instant::now();
    let args: Vec<String> = std::env::args().collect();
    let turnout: u64 = args.get(1).map_or(100, |a| a.parse().unwrap_or(100));
    let shares: Vec<u64> = args.get(2).map_or(table::SHARES.to_vec(), |a| {
        a.split(',').map(|s| s.parse().unwrap_or(1)).collect()
    });
    let name = args.get(3).cloned().unwrap_or_default();
    let rows = rows();
    let cells: Vec<_> = table::cells(turnout)
        .into_iter()
        .filter(|c| shares.contains(&c.share) && rows[c.row].name.contains(&name))
        .collect();
    let filled = table::fill(&cells);
    for (n, row) in rows.iter().enumerate() {
        let line: Vec<String> = shares
            .iter()
            .filter_map(|s| {
                filled.get(&table::At {
                    turnout,
                    row: n,
                    share: *s,
                })
            })
            .map(|c| {
                format!(
                    "{:>7}/{:<6}",
                    c.profit as f64 / 10.0,
                    c.honest as f64 / 10.0
                )
            })
            .collect();
        if !line.is_empty() {
            println!("{:<60.60} {}", row.name, line.join(" "));
        }
    }
    println!("{} s", begun.elapsed().as_secs());
}
