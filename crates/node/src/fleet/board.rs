//! The metrics of all nodes of a process, and whether all of them are well, at one endpoint.

use super::NodeId;
use crate::daemon::{Exposed, Metrics};
use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Something whose metrics are shown beside those of nodes.
type Beside = Arc<dyn Exposed + Send + Sync>;

/// The metrics of all nodes of a process.
#[derive(Default)]
pub struct Board {
    nodes: Mutex<BTreeMap<NodeId, Arc<Metrics>>>,
    beside: Mutex<BTreeMap<&'static str, Beside>>,
}

impl Board {
    /// Shows a node's metrics.
    pub fn show(&self, id: NodeId, metrics: Arc<Metrics>) {
        self.nodes().insert(id, metrics);
    }

    /// Shows a node's metrics no more.
    pub fn hide(&self, id: &NodeId) {
        self.nodes().remove(id);
    }

    /// Shows the metrics of `beside` after those of the nodes, in the place of what was shown as `what`.
    pub fn show_beside(&self, what: &'static str, beside: Beside) {
        self.beside().insert(what, beside);
    }

    fn beside(&self) -> MutexGuard<'_, BTreeMap<&'static str, Beside>> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<NodeId, Arc<Metrics>>> {
        // Every change is one insertion or removal.
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<(NodeId, Arc<Metrics>)> {
        let nodes = self.nodes();
        nodes
            .iter()
            .map(|(id, one)| (*id, Arc::clone(one)))
            .collect()
    }
}

impl Exposed for Board {
    fn text(&self) -> String {
        let mut texts: Vec<String> = self.all().iter().map(|(_, one)| one.text()).collect();
        texts.extend(self.beside().values().map(|beside| beside.text()));
        merged(&texts)
    }

    /// Unhealthy if any node is: then the line says which, and what is the matter with each.
    fn health(&self) -> (bool, String) {
        let all = self.all();
        if all.is_empty() {
            return (false, "idle: no node is playing".into());
        }
        let told = all.iter().map(|(id, one)| (id, one.health()));
        let (well, ill): (Vec<_>, Vec<_>) = told.partition(|(_, (healthy, _))| *healthy);
        if let ([], [(_, (_, line))]) = (ill.as_slice(), well.as_slice()) {
            return (true, line.clone());
        }
        if ill.is_empty() {
            return (true, format!("ok: {} nodes are well", well.len()));
        }
        if let ([(_, (_, line))], true) = (ill.as_slice(), well.is_empty()) {
            return (false, line.clone());
        }
        let lines = ill.iter().map(|(id, (_, line))| format!("{line} ({id})"));
        let lines: Vec<String> = lines.collect();
        (false, lines.join("; "))
    }

    fn module(&self, hash: &str) -> Option<Vec<u8>> {
        // Reading a module takes its time, in which others are shown.
        let beside: Vec<Beside> = self.beside().values().cloned().collect();
        beside.iter().find_map(|beside| beside.module(hash))
    }
}

/// Several texts in Prometheus' format as one: each metric has its help and type once, and all of its lines
/// after them, as the format asks.
fn merged(texts: &[String]) -> String {
    // In the order in which they first appear.
    let mut order: Vec<&str> = Vec::new();
    let mut metrics: BTreeMap<&str, (Vec<&str>, Vec<&str>)> = BTreeMap::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        let comment = line
            .strip_prefix("# HELP ")
            .or(line.strip_prefix("# TYPE "));
        let name = comment.unwrap_or(line);
        let name = name.split([' ', '{']).next().unwrap_or_default();
        let (head, values) = metrics.entry(name).or_insert_with(|| {
            order.push(name);
            Default::default()
        });
        if comment.is_none() {
            values.push(line);
        } else if !head.contains(&line) {
            head.push(line);
        }
    }
    let mut merged = String::new();
    for name in order {
        let Some((head, values)) = metrics.get(name) else {
            continue;
        };
        for line in head.iter().chain(values) {
            // Writing to a string cannot fail.
            let _written = writeln!(merged, "{line}");
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_sdk::pubkey::Pubkey;
    use std::time::Duration;

    fn id(number: u8) -> NodeId {
        NodeId {
            task: Pubkey::new_from_array([number; 32]),
            node: Pubkey::new_from_array([9; 32]),
        }
    }

    fn shown(board: &Board, number: u8) {
        let id = id(number);
        let metrics = Metrics::new(&id.task, &id.node, Duration::from_secs(60));
        board.show(id, Arc::new(metrics));
    }

    #[test]
    fn each_metric_is_described_once_and_has_a_line_for_each_node() {
        let board = Board::default();
        shown(&board, 1);
        shown(&board, 2);
        let text = board.text();
        let count = |what: &str| text.lines().filter(|line| line.starts_with(what)).count();
        assert_eq!(count("# TYPE gradual_healthy "), 1, "{text}");
        assert_eq!(count("# HELP gradual_healthy "), 1, "{text}");
        assert_eq!(count("gradual_healthy{"), 2, "{text}");
        for number in [1, 2] {
            let id = id(number);
            let line = format!(
                "gradual_healthy{{task=\"{}\",node=\"{}\"}} 0",
                id.task, id.node
            );
            assert!(text.contains(&line), "{text}");
        }
        // The lines of a metric stand together, as Prometheus asks.
        let names = text.lines().filter(|line| !line.starts_with('#'));
        let mut names: Vec<&str> = names.filter_map(|line| line.split('{').next()).collect();
        names.dedup();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{text}");
    }

    #[test]
    fn one_node_that_is_ill_makes_the_process_so_and_is_named() {
        let board = Board::default();
        assert_eq!(board.health(), (false, "idle: no node is playing".into()));
        shown(&board, 1);
        let (healthy, line) = board.health();
        assert!(!healthy && line.starts_with("stale: "), "{line}");
        shown(&board, 2);
        let (healthy, line) = board.health();
        assert!(!healthy, "{line}");
        for number in [1, 2] {
            assert!(line.contains(&id(number).task.to_string()), "{line}");
        }
        board.hide(&id(1));
        assert!(!board.health().1.contains(&id(1).task.to_string()));
    }
}
