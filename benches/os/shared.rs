//! Messages between two processes: this program runs itself as the other one.

use core::{hint::black_box, time::Duration};
use std::{
    env,
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::AsFd,
        unix::{net::UnixStream, process::parent_id},
    },
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use larder::os::{
    Contents, SharedConsumer, SharedMemory, SharedProducer, SharedRing, SharedVec, Wish,
};

use crate::harness::column;

type Message = [u64; 8];
const SIZE: usize = size_of::<Message>();
/// Says which part a child plays.
const PART: &str = "LARDER_BENCH_PART";
/// Messages in a row before an answer.
const STREAM: usize = 2000;
/// Messages that a call writes or reads where they are not one by one.
const BATCH: usize = 50;

/// Whether this process is a child; then it has played its part.
pub(crate) fn child() -> bool {
    let Ok(part) = env::var(PART) else { return false };
    let descriptor = |fd: io::Result<std::os::fd::OwnedFd>| File::from(fd.expect("a descriptor"));
    if part == "ring" {
        let paths: Vec<String> = env::args().skip(1).collect();
        answer_by_ring(&paths[0], &paths[1]);
    } else {
        let input = descriptor(io::stdin().as_fd().try_clone_to_owned());
        let output = descriptor(if part == "socket" {
            input.try_clone().map(Into::into)
        } else {
            io::stdout().as_fd().try_clone_to_owned()
        });
        answer_by_calls(input, output);
    }
    true
}

/// Sends back each message whose first word is not 0, until there are none.
fn answer_by_calls(mut input: File, mut output: File) {
    let mut messages = [0; SIZE * BATCH];
    let mut held = 0;
    while let Ok(count @ 1..) = input.read(&mut messages[held..]) {
        let all = held + count;
        for message in messages[..all].chunks_exact(SIZE) {
            if message[..8] != [0; 8] {
                output.write_all(message).expect("a reader");
            }
        }
        held = all % SIZE;
        messages.copy_within(all - held..all, 0);
    }
}

fn ring(path: &str) -> SharedRing<Message> {
    let memory = SharedMemory::open(path, Wish::Require).expect("memory");
    SharedRing::over(memory).expect("a ring")
}

/// The same over rings, until the parent is gone. It sleeps when nothing has come for a while.
fn answer_by_ring(from: &str, to: &str) {
    let mut from = ring(from).consumer().expect("nobody else takes");
    let mut to = ring(to).producer().expect("nobody else gives");
    let mut messages = [[0; 8]; BATCH];
    let (mut idle, mut since, parent) = (0_u32, Instant::now(), parent_id());
    loop {
        let count = from.pop_slice(&mut messages);
        if count > 0 {
            idle = 0;
            for message in &messages[..count] {
                if message[0] != 0 {
                    to.push(*message).expect("room");
                }
            }
            continue;
        }
        idle += 1;
        if idle == 1 {
            since = Instant::now();
        } else if idle.is_multiple_of(1000) && since.elapsed() > Duration::from_millis(2) {
            thread::sleep(Duration::from_millis(1));
            if parent_id() != parent {
                return;
            }
        }
        core::hint::spin_loop();
    }
}

/// A way to send messages to a child, and to get answers.
trait Way {
    fn send(&mut self, messages: &[Message]);
    fn receive(&mut self) -> Message;
}

struct Rings {
    to: SharedProducer<Message>,
    from: SharedConsumer<Message>,
    child: Child,
}

impl Rings {
    fn new() -> Self {
        let memory = || SharedMemory::create(&Contents::ring::<Message>(1024)).expect("memory");
        let (there, back) = (memory(), memory());
        let child = Command::new(env::current_exe().expect("this program"))
            .env(PART, "ring")
            .args([there.path(), back.path()])
            .spawn()
            .expect("a child");
        let of = |memory| SharedRing::over(memory).expect("a ring");
        let (to, from) = (of(there).producer(), of(back).consumer());
        Self { to: to.expect("nobody else"), from: from.expect("nobody else"), child }
    }
}

impl Way for Rings {
    fn send(&mut self, messages: &[Message]) {
        let mut sent = 0;
        while sent < messages.len() {
            sent += self.to.push_slice(&messages[sent..]);
        }
    }

    fn receive(&mut self) -> Message {
        loop {
            if let Some(message) = self.from.pop() {
                return message;
            }
            core::hint::spin_loop();
        }
    }
}

impl Drop for Rings {
    fn drop(&mut self) {
        self.child.kill().expect("a child");
        self.child.wait().expect("the child ends");
    }
}

struct Calls {
    to: Option<File>,
    from: File,
    child: Child,
}

impl Calls {
    fn pipe() -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.env(PART, "pipe").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a child");
        let to = std::os::fd::OwnedFd::from(child.stdin.take().expect("a pipe"));
        let from = std::os::fd::OwnedFd::from(child.stdout.take().expect("a pipe"));
        Self { to: Some(to.into()), from: from.into(), child }
    }

    fn socket() -> Self {
        let (here, there) = UnixStream::pair().expect("sockets");
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.env(PART, "socket").stdin(std::os::fd::OwnedFd::from(there));
        let child = command.spawn().expect("a child");
        let to = File::from(std::os::fd::OwnedFd::from(here));
        Self { from: to.try_clone().expect("a descriptor"), to: Some(to), child }
    }
}

impl Way for Calls {
    fn send(&mut self, messages: &[Message]) {
        // SAFETY: numbers are bytes, as many as they take.
        let bytes = unsafe { messages.as_flattened().align_to::<u8>().1 };
        self.to.as_mut().expect("a writer").write_all(bytes).expect("a reader");
    }

    fn receive(&mut self) -> Message {
        let mut bytes = [0; SIZE];
        self.from.read_exact(&mut bytes).expect("an answer");
        core::array::from_fn(|n| u64::from_ne_bytes(bytes.as_chunks().0[n]))
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        self.to = None;
        // A socket is one file for both ways.
        self.from = File::open("/dev/null").expect("a file");
        self.child.wait().expect("the child ends");
    }
}

/// Messages there in a row, and one back.
fn stream(way: &mut impl Way, batch: usize) {
    let quiet = vec![[0_u64, 1, 2, 3, 4, 5, 6, 7]; batch];
    for _ in 0..(STREAM - 1) / batch {
        way.send(black_box(&quiet));
    }
    back_and_forth(way, 1);
}

/// Messages there and back, one at a time.
fn back_and_forth(way: &mut impl Way, count: u64) {
    for n in 1..=count {
        way.send(&[[n; 8]]);
        assert_eq!(way.receive(), [n; 8]);
    }
}

/// Messages between two processes.
pub(crate) fn messages() {
    let (mut rings, mut pipe, mut socket) = (Rings::new(), Calls::pipe(), Calls::socket());
    for batch in [1, BATCH] {
        column(
            if batch == 1 { "64 bytes to another process" } else { "the same, 50 a call" },
            STREAM,
            vec![
                ("larder's SharedRing", Box::new(|| stream(&mut rings, batch))),
                ("pipe", Box::new(|| stream(&mut pipe, batch))),
                ("socket", Box::new(|| stream(&mut socket, batch))),
            ],
        );
    }
    column(
        "64 bytes there and back",
        200,
        vec![
            ("larder's SharedRing", Box::new(|| back_and_forth(&mut rings, 200))),
            ("pipe", Box::new(|| back_and_forth(&mut pipe, 200))),
            ("socket", Box::new(|| back_and_forth(&mut socket, 200))),
        ],
    );
}

/// Elements at the end of a vector that others may read meanwhile.
pub(crate) fn pushes() {
    const N: usize = 1000;
    let memory = SharedMemory::create(&Contents::vec::<u64>(N)).expect("memory");
    let vec = SharedVec::<u64>::over(memory).expect("a vector");
    let mut writer = vec.writer().expect("nobody else writes");
    let mut plain = Vec::with_capacity(N);
    column(
        "push where another process reads",
        N,
        vec![
            (
                "larder's SharedVec",
                Box::new(|| {
                    writer.truncate(0);
                    (0..N as u64).for_each(|n| writer.push(black_box(n)).expect("room"));
                }),
            ),
            (
                "Vec, which no other reads",
                Box::new(|| {
                    plain.clear();
                    (0..N as u64).for_each(|n| plain.push(black_box(n)));
                    black_box(&plain);
                }),
            ),
        ],
    );
}
