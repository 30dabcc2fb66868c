//! Nodes: real ones, and machines that a test makes up.

use core::fmt::Write;
use std::{fs, path::Path};

use larder::{
    alloc::{Block, Report},
    os::{
        Call, Errno, Fake, Kernel, Native, NodeSet, NumaAlloc, Placed, Policy, Topology,
        TopologyError, Wish, locate, migrate,
    },
    testing::{contract::Contract, run},
};

use super::{layout, programs, refuse_everything};

/// A machine: the numbers of its nodes, and which of them have memory and CPUs.
struct Machine {
    nodes: Vec<u32>,
    memory: fn(usize) -> bool,
    cpus: fn(usize) -> bool,
}

impl Machine {
    fn plain(nodes: impl IntoIterator<Item = u32>) -> Self {
        Self { nodes: nodes.into_iter().collect(), memory: |_| true, cpus: |_| true }
    }

    fn list(&self, wanted: fn(usize) -> bool) -> String {
        let nodes = self.nodes.iter().enumerate();
        let nodes: Vec<u32> = nodes.filter(|(i, _)| wanted(*i)).map(|(_, n)| *n).collect();
        // With ranges, as the kernel writes them.
        let mut text = String::new();
        let mut rest = nodes.as_slice();
        while let Some(first) = rest.first() {
            let run = rest.iter().zip(*first..).take_while(|(node, next)| **node == *next).count();
            let comma = if text.is_empty() { "" } else { "," };
            write!(text, "{comma}{first}").unwrap();
            if run > 1 {
                write!(text, "-{}", rest[run - 1]).unwrap();
            }
            rest = &rest[run..];
        }
        text + "\n"
    }

    /// The files that describe it, by path under the folder of the nodes.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = vec![
            ("online".into(), self.list(|_| true)),
            ("has_memory".into(), self.list(self.memory)),
        ];
        for (index, id) in self.nodes.iter().enumerate() {
            let cpus = if (self.cpus)(index) {
                format!("{}-{}", 4 * index, 4 * index + 3)
            } else {
                String::new()
            };
            let total = if (self.memory)(index) { 16_384 } else { 0 };
            let distance = |to: usize| if to == index { 10 } else { 10 + 10 * to.abs_diff(index) };
            let distances: Vec<_> =
                (0..self.nodes.len()).map(|to| distance(to).to_string()).collect();
            let node = format!("node{id}");
            files.push((format!("{node}/cpulist"), cpus + "\n"));
            files.push((format!("{node}/distance"), distances.join(" ") + "\n"));
            files.push((
                format!("{node}/meminfo"),
                format!("Node {id} MemTotal:       {total} kB\nNode {id} MemFree: 1 kB\n"),
            ));
            files.push((format!("{node}/numastat"), format!("numa_hit {id}\nnuma_miss 2\nnuma_foreign 3\ninterleave_hit 4\nlocal_node 5\nother_node 6\n")));
        }
        files
    }

    fn kernel(&self) -> Fake {
        let kernel = Fake::new().with_nodes(self.nodes.iter().copied().collect());
        let folder = "/made/up/devices/system/node";
        self.files().iter().fold(kernel, |kernel, (path, text)| {
            kernel.with_file(&format!("{folder}/{path}"), text)
        })
    }

    fn topology(&self) -> Topology {
        Topology::read_from("/made/up", &self.kernel()).unwrap()
    }
}

fn machines() -> Vec<Machine> {
    vec![
        Machine::plain([0]),
        Machine::plain([0, 1]),
        Machine::plain(0..4),
        Machine::plain([0, 1, 4, 5, 8, 9, 16, 17, 32, 33, 40, 64, 128, 252, 253, 254, 255]),
        Machine::plain(0..64),
        Machine { nodes: vec![0, 3, 8, 1023], memory: |i| i != 1, cpus: |i| i < 2 },
    ]
}

fn set(nodes: &[u32]) -> NodeSet {
    nodes.iter().copied().collect()
}

#[test]
fn every_machine_is_read_as_it_is() {
    for machine in machines() {
        let topology = machine.topology();
        let count = machine.nodes.len();
        assert!(topology.nodes().iter().map(|node| node.id).eq(machine.nodes.iter().copied()));
        assert_eq!(topology.is_single(), count == 1);
        for (index, id) in machine.nodes.iter().enumerate() {
            let node = topology.node(*id).unwrap();
            assert_eq!(node.has_memory, (machine.memory)(index));
            assert_eq!(node.memory, if node.has_memory { 16_384 * 1024 } else { 0 });
            assert_eq!(node.cpus.len(), if (machine.cpus)(index) { 4 } else { 0 });
            for cpu in &node.cpus {
                assert_eq!(topology.node_of_cpu(*cpu), Some(*id));
            }
            assert_eq!(topology.distance(*id, *id), Some(10));
            let nearest = topology.nearest(*id);
            assert_eq!(nearest.len(), topology.with_memory().len());
            assert!(nearest.is_sorted_by_key(|to| topology.distance(*id, *to)));
            let counters = topology.counters(*id, &machine.kernel()).unwrap();
            assert_eq!((counters.hit, counters.other), (u64::from(*id), 6));
        }
        assert_eq!((topology.node(2000), topology.distance(0, 2000)), (None, None));
        assert!(topology.nearest(2000).is_empty());
    }
}

#[test]
fn a_tree_of_files_is_read_by_its_root() {
    let root = std::env::temp_dir().join(format!("larder-nodes-{}", std::process::id()));
    for machine in machines() {
        for (path, text) in machine.files() {
            let path = root.join("devices/system/node").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let read = Topology::read_from(root.to_str().unwrap(), &Native).unwrap();
        let made = machine.topology();
        assert_eq!(read.nodes(), made.nodes());
        fs::remove_dir_all(&root).unwrap();
    }
    // No such folder: a kernel without nodes is a machine of one.
    assert!(!Path::new(&root).exists());
    let none = Topology::read_from(root.to_str().unwrap(), &Native).unwrap();
    assert!(none.is_single() && none.with_memory() == set(&[0]));
}

#[test]
fn nonsense_is_an_error_that_names_the_file() {
    let nonsense = [
        ("online", "0-"),
        ("online", "1-0"),
        ("online", "0,0"),
        ("online", "0-4294967295"),
        ("online", "1024"),
        ("online", "zero"),
        ("has_memory", "9-"),
        ("has_memory", "\n"),
        ("node1/cpulist", "0-99999999"),
        ("node1/distance", "10"),
        ("node1/distance", "10 x"),
        ("node1/meminfo", ""),
        ("node1/meminfo", "Node 1 MemTotal: 99999999999999999999 kB"),
        ("node1/meminfo", "Node 1 MemTotal: 18446744073709551615 kB"),
    ];
    for (file, text) in nonsense {
        let path = format!("/made/up/devices/system/node/{file}");
        let kernel = Machine::plain([0, 1]).kernel().with_file(&path, text);
        let error = Topology::read_from("/made/up", &kernel).unwrap_err();
        let TopologyError::Malformed { path: named, .. } = &error else { panic!("{error}") };
        assert_eq!(*named, path, "{error}");
        assert!(error.to_string().contains("was expected"), "{error}");
    }
    let machine = Machine::plain([0, 1]);
    let count = machine.files().len();
    for nth in 0..count {
        let kernel = machine.kernel();
        kernel.refuse_any_nth(nth, Errno::NOT_PERMITTED);
        match Topology::read_from("/made/up", &kernel) {
            Ok(topology) => assert_eq!(topology.nodes(), machine.topology().nodes()),
            Err(error) => assert!(matches!(error, TopologyError::Refused { .. }), "{error}"),
        }
    }
}

#[test]
fn pages_are_where_the_policy_says() {
    for machine in machines() {
        let kernel = machine.kernel();
        let topology = machine.topology();
        let nodes = topology.with_memory();
        let first = nodes.iter().next().unwrap();
        let last = nodes.iter().last().unwrap();
        let page = kernel.page_size();
        let wanted = layout(64 * page, 8);
        let policies = [
            (Policy::Bind(NodeSet::only(last)), last, 64),
            (Policy::Preferred(last), last, 64),
            (Policy::Interleave(nodes), last, 64 / nodes.len()),
            (Policy::Local, first, 64),
        ];
        for (policy, node, pages) in policies {
            let alloc = NumaAlloc::new_in(policy, &topology, &kernel).with_placement(Wish::Require);
            let before = kernel.count(Call::Bind);
            let block = Block::new_in(wanted, &alloc).unwrap();
            let located = locate(block.as_slice(), &kernel).unwrap();
            assert!(located.on(node) >= pages, "{policy:?}: {located:?}");
            if topology.is_single() {
                assert_eq!(
                    (alloc.placed(), kernel.count(Call::Bind)),
                    (Placed::SingleNode, before)
                );
            } else {
                assert_eq!(
                    (alloc.placed(), kernel.count(Call::Bind)),
                    (Placed::Placed, before + 1)
                );
            }
            let moved = migrate(block.as_slice(), first, &kernel).unwrap();
            assert_eq!((moved.on(first), moved.absent()), (64, 0));
            assert_eq!(locate(block.as_slice(), &kernel).unwrap(), moved);
            assert!(migrate(block.as_slice(), 1000, &kernel).is_err());
        }
        assert_eq!(kernel.mapped_bytes(), 0);
    }
}

#[test]
fn what_the_kernel_denies_is_told_or_refused() {
    let machine = Machine::plain([0, 1]);
    let topology = machine.topology();
    let wanted = layout(10_000, 8);
    for errno in super::REFUSALS {
        let kernel = machine.kernel();
        kernel.refuse(Call::Bind, errno);
        let alloc = NumaAlloc::new_in(Policy::Preferred(1), &topology, &kernel);
        assert_eq!(alloc.placed(), Placed::NotAsked);
        let block = Block::new_in(wanted, &alloc).unwrap();
        assert_eq!(alloc.placed(), Placed::BestEffort(errno));
        drop(block);
        let strict = NumaAlloc::new_in(Policy::Preferred(1), &topology, &kernel)
            .with_placement(Wish::Require);
        assert!(Block::new_in(wanted, &strict).is_err());
        assert_eq!(strict.last_refusal().unwrap().call, Call::Bind);
        let careless = NumaAlloc::new_in(Policy::Preferred(1), &topology, &kernel)
            .with_placement(Wish::Ignore);
        assert!(Block::new_in(wanted, &careless).is_ok());
        assert_eq!(careless.placed(), Placed::NotAsked);
        kernel.refuse(Call::Locate, errno);
        kernel.refuse(Call::Migrate, errno);
        assert_eq!(locate(&[0_u8; 9], &kernel).unwrap_err().errno, errno);
        assert_eq!(migrate(&[0_u8; 9], 0, &kernel).unwrap_err().errno, errno);
    }
}

#[test]
fn a_node_that_does_not_exist_is_refused_before_the_kernel_is_asked() {
    for machine in machines() {
        let (kernel, topology) = (machine.kernel(), machine.topology());
        let mut absent = vec![set(&[999]), set(&[0, 999]), NodeSet::new()];
        if machine.nodes == [0, 3, 8, 1023] {
            absent.push(set(&[3])); // it has no memory
        }
        for nodes in absent {
            for policy in [Policy::Bind(nodes), Policy::Interleave(nodes)] {
                let alloc = NumaAlloc::new_in(policy, &topology, &kernel);
                Block::new_in(layout(1, 1), &alloc).unwrap();
                assert_eq!(alloc.placed(), Placed::BestEffort(Errno::INVALID));
                let strict =
                    NumaAlloc::new_in(policy, &topology, &kernel).with_placement(Wish::Require);
                assert!(Block::new_in(layout(1, 1), &strict).is_err());
            }
        }
        assert_eq!((kernel.count(Call::Bind), kernel.mapped_bytes()), (0, 0));
    }
}

#[test]
fn the_real_kernel_places_or_says_why_not() {
    let topology = Topology::read().unwrap();
    let node = topology.with_memory().iter().next().unwrap();
    // A machine made up to have two nodes makes the allocator ask, whatever there really is.
    let two = Machine::plain([node, node + 1]).topology();
    let alloc = NumaAlloc::new(Policy::Bind(NodeSet::only(node)), &two);
    let mut block = Block::new_in(layout(1 << 20, 8), &alloc).unwrap();
    block.as_mut_slice().fill(1);
    match alloc.placed() {
        Placed::Placed => {
            let located = locate(block.as_slice(), Native).unwrap();
            assert_eq!((located.on(node), located.absent()), (256, 0));
            block.resize(4 << 20).unwrap();
            block.as_mut_slice().fill(2);
            assert_eq!(locate(block.as_slice(), Native).unwrap().on(node), 1024);
            assert_eq!(migrate(block.as_slice(), node, Native).unwrap().on(node), 1024);
        }
        Placed::BestEffort(errno) => println!("denied here: {errno}"),
        other => panic!("{other:?}"),
    }
    // This node does not exist: the kernel itself says no.
    let refused = Native.bind(block.as_ptr(), 1 << 20, Policy::Bind(set(&[1000])), false);
    assert!(refused.is_err());
    if cfg!(target_os = "linux") {
        println!("{:?}", topology.counters(node, &Native).unwrap());
    }
}

#[test]
fn blocks_on_nodes_keep_the_contract() {
    let topology = Topology::read().unwrap();
    Contract::new(|| NumaAlloc::new(Policy::Local, &topology)).run().assert_passed();
    let machine = Machine::plain([0, 1]);
    let (kernel, two) = (machine.kernel(), machine.topology());
    let all = Policy::Interleave(set(&[0, 1]));
    Contract::new(|| NumaAlloc::new_in(all, &two, &kernel)).run().assert_passed();
    let alloc = NumaAlloc::new_in(all, &two, &kernel);
    for ops in programs(100) {
        run(&ops, || &alloc).unwrap();
    }
    assert_eq!(alloc.report().live_blocks, Some(0));
}

#[test]
fn every_refusal_leaves_blocks_and_counts_as_they_were() {
    let machine = Machine::plain([0, 1]);
    let topology = machine.topology();
    for wish in [Wish::Prefer, Wish::Require] {
        refuse_everything(&machine.kernel(), |kernel| {
            let alloc = NumaAlloc::new_in(Policy::Preferred(1), &topology, kernel);
            Some(alloc.with_placement(wish))
        });
    }
}
