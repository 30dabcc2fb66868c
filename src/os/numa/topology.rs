//! What nodes there are, as the kernel describes them under `/sys/devices/system/node`.
//!
//! ```text
//!   online          0-3,8        which nodes there are; lists have ranges and gaps
//!   has_memory      0,8          absent on old kernels: then the nodes' own figures say it
//!   node8/cpulist   4-7          empty: memory only
//!   node8/distance  21 31 31 31 10    one for each online node, in order
//!   node8/meminfo   Node 8 MemTotal:  16384 kB
//! ```

use core::{error::Error as StdError, fmt};
use std::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::os::{Errno, Kernel, Native, NodeSet};

/// CPUs are numbered below this.
const CPUS: u32 = 1 << 16;

/// The nodes of a machine.
///
/// ```
/// use larder::os::Topology;
/// let topology = Topology::read()?;
/// let node = topology.nodes()[0].id;
/// assert_eq!(topology.distance(node, node), Some(10));
/// # Ok::<(), larder::os::TopologyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    root: String,
    nodes: Vec<Node>,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Its number.
    pub id: u32,
    /// The numbers of its CPUs, in order; none if it is memory only.
    pub cpus: Vec<u32>,
    /// Bytes of memory; 0 if it has none, and where the kernel knows of no nodes.
    pub memory: u64,
    /// Whether pages can be on it.
    pub has_memory: bool,
    /// How far each node is, in the order of the nodes; 10 is itself.
    distances: Vec<u32>,
}

/// How often pages were had on a node, since the system started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Meant for this node, and had here.
    pub hit: u64,
    /// Meant for another node, and had here.
    pub miss: u64,
    /// Meant for this node, and had elsewhere.
    pub foreign: u64,
    /// By interleaving, as meant.
    pub interleave_hit: u64,
    /// By a thread that ran here.
    pub local: u64,
    /// By a thread that ran elsewhere.
    pub other: u64,
}

/// A description that cannot be had or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyError {
    /// The file could not be read.
    Refused {
        /// Which file.
        path: String,
        /// The number that the kernel answered.
        errno: Errno,
    },
    /// The file says something else than it should.
    Malformed {
        /// Which file.
        path: String,
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { path, errno } => {
                write!(f, "{path} cannot be read: {errno}; mount /sys, or go on without nodes")
            }
            Self::Malformed { path, found, expected } => {
                write!(f, "{path} says {found:?}, where {expected} was expected")
            }
        }
    }
}

impl StdError for TopologyError {}

/// A list like `0-3,8`, of numbers below `bound`.
fn list(text: &str, bound: u32) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    let parts = text.trim().split(',').filter(|part| !part.is_empty());
    for part in parts {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u32>().ok();
        let (first, last) = (number(first)?, number(last)?);
        let next = all.last().map_or(0, |last: &u32| last + 1);
        if first < next || last < first || last >= bound {
            return None;
        }
        all.extend(first..=last);
    }
    Some(all)
}

impl Topology {
    /// The nodes of this machine.
    ///
    /// # Errors
    ///
    /// When the kernel's description cannot be read or makes no sense. A kernel that knows of no nodes
    /// is a machine of one.
    pub fn read() -> Result<Self, TopologyError> {
        Self::read_from("/sys", &Native)
    }

    /// The nodes as described under `root`, which stands for `/sys`.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn read_from(root: &str, kernel: &impl Kernel) -> Result<Self, TopologyError> {
        let mut topology = Self { root: format!("{root}/devices/system/node"), nodes: Vec::new() };
        let online = match topology.list(kernel, "online", NodeSet::MOST) {
            Err(TopologyError::Refused { errno: Errno::NO_FILE | Errno::UNSUPPORTED, .. }) => {
                let distances = [10].to_vec();
                topology.nodes.push(Node { has_memory: true, distances, ..Node::default() });
                return Ok(topology);
            }
            online => online?,
        };
        let has_memory = match topology.list(kernel, "has_memory", NodeSet::MOST) {
            Err(TopologyError::Refused { .. }) => None,
            nodes => Some(nodes?),
        };
        for &id in &online {
            let cpus = topology.list(kernel, &format!("node{id}/cpulist"), CPUS)?;
            let memory = topology.memory(kernel, id)?;
            let distances = topology.distances(kernel, id, online.len())?;
            let has_memory = match &has_memory {
                Some(nodes) => nodes.contains(&id),
                None => memory > 0,
            };
            topology.nodes.push(Node { id, cpus, memory, has_memory, distances });
        }
        if topology.nodes.iter().any(|node| node.has_memory) {
            return Ok(topology);
        }
        let path = format!("{}/has_memory", topology.root);
        Err(TopologyError::Malformed { path, found: String::new(), expected: "a node with memory" })
    }

    fn text(&self, kernel: &impl Kernel, name: &str) -> Result<(String, String), TopologyError> {
        let path = format!("{}/{name}", self.root);
        match kernel.read(&path) {
            Ok(text) => Ok((path, text)),
            Err(errno) => Err(TopologyError::Refused { path, errno }),
        }
    }

    fn list(
        &self,
        kernel: &impl Kernel,
        name: &str,
        bound: u32,
    ) -> Result<Vec<u32>, TopologyError> {
        let (path, text) = self.text(kernel, name)?;
        list(&text, bound).ok_or_else(|| {
            let found = text.trim().to_owned();
            TopologyError::Malformed { path, found, expected: "a rising list like 0-3,8" }
        })
    }

    fn memory(&self, kernel: &impl Kernel, id: u32) -> Result<u64, TopologyError> {
        let (path, text) = self.text(kernel, &format!("node{id}/meminfo"))?;
        let line = text.lines().find(|line| line.contains("MemTotal:")).unwrap_or_default();
        let figure = line.split_whitespace().rev().nth(1).and_then(|word| word.parse::<u64>().ok());
        figure.and_then(|kilobytes| kilobytes.checked_mul(1024)).ok_or_else(|| {
            let expected = "a line like \"Node 0 MemTotal: 16384 kB\"";
            TopologyError::Malformed { path, found: line.to_owned(), expected }
        })
    }

    fn distances(
        &self,
        kernel: &impl Kernel,
        id: u32,
        count: usize,
    ) -> Result<Vec<u32>, TopologyError> {
        let (path, text) = self.text(kernel, &format!("node{id}/distance"))?;
        let all: Result<Vec<u32>, _> = text.split_whitespace().map(str::parse).collect();
        all.ok().filter(|all| all.len() == count).ok_or_else(|| {
            let found = text.trim().to_owned();
            TopologyError::Malformed { path, found, expected: "a distance for each online node" }
        })
    }

    /// The nodes, by rising number.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of a number.
    #[must_use]
    pub fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The nodes on which pages can be.
    #[must_use]
    pub fn with_memory(&self) -> NodeSet {
        self.nodes.iter().filter(|node| node.has_memory).map(|node| node.id).collect()
    }

    /// Whether all pages are on one node, so that placing them is no question.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.with_memory().len() == 1
    }

    /// The node of a CPU.
    #[must_use]
    pub fn node_of_cpu(&self, cpu: u32) -> Option<u32> {
        self.nodes.iter().find(|node| node.cpus.contains(&cpu)).map(|node| node.id)
    }

    /// How far it is from one node to another; 10 is itself, 20 is twice as far.
    #[must_use]
    pub fn distance(&self, from: u32, to: u32) -> Option<u32> {
        let column = self.nodes.iter().position(|node| node.id == to)?;
        self.node(from)?.distances.get(column).copied()
    }

    /// The nodes with memory, nearest to `from` first; none if there is no such node.
    #[must_use]
    pub fn nearest(&self, from: u32) -> Vec<u32> {
        let mut nodes: Vec<(u32, u32)> = self
            .with_memory()
            .iter()
            .filter_map(|to| Some((self.distance(from, to)?, to)))
            .collect();
        nodes.sort_unstable();
        nodes.into_iter().map(|(_, node)| node).collect()
    }

    /// The figures of a node.
    ///
    /// # Errors
    ///
    /// When the kernel's file cannot be read or makes no sense.
    pub fn counters(&self, id: u32, kernel: &impl Kernel) -> Result<Counters, TopologyError> {
        let (path, text) = self.text(kernel, &format!("node{id}/numastat"))?;
        let figure = |name| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            let line = lines.find(|(key, _)| *key == name);
            line.and_then(|(_, figure)| figure.trim().parse().ok()).ok_or_else(|| {
                let (path, found) = (path.clone(), text.trim().to_string());
                TopologyError::Malformed { path, found, expected: name }
            })
        };
        Ok(Counters {
            hit: figure("numa_hit")?,
            miss: figure("numa_miss")?,
            foreign: figure("numa_foreign")?,
            interleave_hit: figure("interleave_hit")?,
            local: figure("local_node")?,
            other: figure("other_node")?,
        })
    }
}
