//! Memory that two real processes have: what they see of each other, what a killed one leaves, and what
//! is refused.
//!
//! `LARDER_KILLS=1000 cargo test --test it shared -- --nocapture` kills a thousand children each.

use core::time::Duration;
use std::{
    fs::{self, File},
    io,
    os::fd::AsFd,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::Instant,
};

use larder::os::{
    Call, Contents, Errno, Fake, FileError, Problem, SharedMemory, SharedRing, SharedVec, Wish,
};

use crate::mmap_vec::{
    disk::next,
    kill::{Folder, child},
};

type Element = [u64; 6];

fn rounds() -> u64 {
    std::env::var("LARDER_KILLS").map_or(25, |rounds| rounds.parse().unwrap())
}

/// This test program again, with the memory as its standard input.
fn spawn(test: &str, memory: &SharedMemory) -> Child {
    let mut command = child(&format!("os::shared::{test}"), "LARDER_SHARED", Path::new("child"));
    command.stdin(Stdio::from(memory.file().try_clone().unwrap()));
    command.spawn().unwrap()
}

/// In the child: the memory that the parent passed on.
fn passed_on() -> Option<SharedMemory> {
    std::env::var_os("LARDER_SHARED")?;
    let descriptor = io::stdin().as_fd().try_clone_to_owned().unwrap();
    Some(SharedMemory::receive(descriptor, Wish::Require).unwrap())
}

fn kill_somewhen(mut running: Child, random: &mut u64, begun: impl Fn() -> bool) {
    let start = Instant::now();
    // A few die while they begin, most in the middle of their work.
    while next(random, 20) != 0 && !begun() && start.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_micros(100));
    }
    thread::sleep(Duration::from_nanos(next(random, 2_000_000) as u64));
    running.kill().unwrap();
    running.wait().unwrap();
}

const CAPACITY: usize = 300;

/// The next of the changes that both processes make: element 0 counts them.
fn change(writer: &mut larder::os::SharedWriter<Element>) {
    let vec = writer.vec();
    let Some([count, ..]) = vec.get(0) else {
        writer.push([0; 6]).unwrap();
        return;
    };
    let (count, len) = (count + 1, vec.len());
    match count % 5 {
        0 | 1 if len + 3 <= CAPACITY => writer.extend_from_slice(&[[count; 6]; 3]).unwrap(),
        2 if len > 200 => writer.truncate(1 + count as usize % 100),
        _ => writer.set(count as usize % len, [count; 6]).unwrap(),
    }
    writer.set(0, [count; 6]).unwrap();
}

#[test]
fn the_child_that_changes() {
    let Some(memory) = passed_on() else { return };
    let vec = SharedVec::<Element>::over(memory).unwrap();
    // The parent may still have the claim for the moment.
    let mut writer = loop {
        match vec.writer() {
            Ok(writer) => break writer,
            Err(error) => assert!(matches!(error.problem(), Problem::Locked), "{error}"),
        }
    };
    loop {
        change(&mut writer);
    }
}

/// Fails unless each element is whole, and none is of the future.
fn look(vec: &SharedVec<Element>) -> u64 {
    let seen = vec.to_vec();
    let count = vec.get(0).map_or(0, |element| element[0]);
    for element in seen {
        assert!(element.iter().all(|word| *word == element[0]), "torn: {element:?}");
        assert!(element[0] <= count + 1, "{element:?} of {count}");
    }
    count
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_vector_that_others_read_and_write() {
    let memory = SharedMemory::create(&Contents::vec::<Element>(CAPACITY)).unwrap();
    assert!(memory.sealed().is_obtained());
    let vec = SharedVec::<Element>::over(memory.clone()).unwrap();
    let (mut random, looks) = (5, core::cell::Cell::new(0_u64));
    for _ in 0..rounds() {
        let before = look(&vec);
        let running = spawn("the_child_that_changes", &memory);
        // Reading goes on while the child writes, and after it has died in the middle.
        kill_somewhen(running, &mut random, || {
            looks.set(looks.get() + 1);
            look(&vec) > before
        });
        look(&vec);
        let mut writer = vec.writer().expect("the claim of the dead is gone");
        assert!(matches!(vec.writer().unwrap_err().problem(), Problem::Locked));
        let count = look(&vec);
        assert!(count >= before);
        for _ in 0..7 {
            change(&mut writer);
            look(&vec);
        }
    }
    let count = look(&vec);
    println!("{} kills, {count} changes, looked at {} times meanwhile", rounds(), looks.get());
    assert!(count > 0, "the children have done nothing");
}

#[test]
fn readers_beside_a_writer_see_whole_elements() {
    let memory = SharedMemory::create(&Contents::vec::<Element>(CAPACITY)).unwrap();
    let vec = SharedVec::<Element>::over(memory).unwrap();
    let stop = core::sync::atomic::AtomicBool::new(false);
    let looks = thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = vec.writer().unwrap();
            while !stop.load(core::sync::atomic::Ordering::Relaxed) {
                change(&mut writer);
            }
        });
        let start = Instant::now();
        let mut looks = 0;
        while start.elapsed() < Duration::from_millis(300) {
            look(&vec);
            looks += 1;
        }
        stop.store(true, core::sync::atomic::Ordering::Relaxed);
        looks
    });
    println!("{looks} looks, {} changes", look(&vec));
}

#[test]
fn the_child_that_gives() {
    let Some(memory) = passed_on() else { return };
    let ring = SharedRing::<Element>::over(memory).unwrap();
    let mut producer = ring.producer().unwrap();
    loop {
        let _ = producer.push([producer.given(); 6]);
    }
}

#[test]
fn a_producer_killed_at_any_moment_gives_each_element_once() {
    let memory = SharedMemory::create(&Contents::ring::<Element>(61)).unwrap();
    let ring = SharedRing::<Element>::over(memory.clone()).unwrap();
    let mut consumer = ring.consumer().unwrap();
    let mut random = 6;
    for _ in 0..rounds() {
        let cell = core::cell::RefCell::new(&mut consumer);
        let take = || {
            let mut consumer = cell.borrow_mut();
            let before = consumer.taken();
            for _ in 0..1000 {
                let number = consumer.taken();
                let Some(element) = consumer.pop() else { break };
                assert_eq!(element, [number; 6]);
            }
            consumer.taken() > before
        };
        kill_somewhen(spawn("the_child_that_gives", &memory), &mut random, take);
        while take() {}
        // The next producer goes on where the dead one was.
        let mut producer = ring.producer().expect("the claim of the dead is gone");
        producer.push([producer.given(); 6]).unwrap();
        assert!(take());
    }
    println!("{} kills, {} elements", rounds(), consumer.taken());
    assert!(consumer.taken() > 0, "the children have done nothing");
}

#[test]
fn the_child_that_takes() {
    let Some(memory) = passed_on() else { return };
    let ring = SharedRing::<Element>::over(memory).unwrap();
    let mut consumer = ring.consumer().unwrap();
    loop {
        let number = consumer.taken();
        if let Some(front) = consumer.front() {
            assert_eq!(front, [number; 6]);
            assert_eq!(consumer.pop(), Some(front));
        }
    }
}

#[test]
fn a_consumer_killed_at_any_moment_leaves_what_it_has_not_taken() {
    let memory = SharedMemory::create(&Contents::ring::<Element>(61)).unwrap();
    let ring = SharedRing::<Element>::over(memory.clone()).unwrap();
    let mut producer = ring.producer().unwrap();
    let mut random = 8;
    for _ in 0..rounds() {
        let cell = core::cell::RefCell::new(&mut producer);
        let give = || {
            let mut producer = cell.borrow_mut();
            let room = producer.ring().len() < 61;
            for _ in 0..1000 {
                let number = producer.given();
                if producer.push([number; 6]).is_err() {
                    break;
                }
            }
            room
        };
        give();
        kill_somewhen(spawn("the_child_that_takes", &memory), &mut random, give);
        let mut consumer = ring.consumer().expect("the claim of the dead is gone");
        let number = consumer.taken();
        if let Some(front) = consumer.front() {
            assert_eq!(front, [number; 6]);
        }
        while let Some(element) = consumer.pop() {
            assert_eq!(element, [consumer.taken() - 1; 6]);
        }
        assert_eq!(consumer.taken(), cell.borrow().given());
    }
    println!("{} kills, {} elements", rounds(), producer.given());
    assert!(producer.given() > 0, "the children have done nothing");
}

#[test]
fn elements_go_in_and_out_of_a_ring_by_slices() {
    let memory = SharedMemory::create(&Contents::ring::<Element>(7)).unwrap();
    let ring = SharedRing::<Element>::over(memory).unwrap();
    let (mut producer, mut consumer) = (ring.producer().unwrap(), ring.consumer().unwrap());
    let (mut given, mut taken, mut random) = (0, 0, 3);
    while taken < 10_000 {
        let some: Vec<_> = (given..).take(next(&mut random, 10)).map(|n| [n; 6]).collect();
        let count = producer.push_slice(&some);
        assert_eq!(count, some.len().min(7 - (given - taken) as usize));
        given += count as u64;
        assert_eq!((producer.given(), ring.len()), (given, (given - taken) as usize));
        let mut into = vec![[0; 6]; next(&mut random, 10)];
        let count = consumer.pop_slice(&mut into);
        assert_eq!(count > 0, given > taken && !into.is_empty());
        for element in &into[..count] {
            assert_eq!(*element, [taken; 6]);
            taken += 1;
        }
        assert!(into[count..].iter().all(|element| *element == [0; 6]));
    }
    // Counts of somebody who keeps to nothing: there is no room, and nothing to take.
    let words = ring.memory().words();
    let nothing_left = core::iter::from_fn(|| consumer.pop()).count();
    assert_eq!(nothing_left as u64, given - taken);
    for nonsense in [u64::MAX, u64::MAX / 2, given + 8] {
        words[0].store(nonsense, core::sync::atomic::Ordering::SeqCst);
        words[16].store(nonsense, core::sync::atomic::Ordering::SeqCst);
        assert_eq!(
            (producer.push_slice(&[[1; 6]; 8]), consumer.pop_slice(&mut [[0; 6]; 8])),
            (0, 0)
        );
    }
}

/// Memory with a name, in memory if there is such a folder.
fn folder(name: &str) -> Folder {
    let shm = PathBuf::from("/dev/shm");
    if !shm.is_dir() {
        return Folder::new(name);
    }
    let path = shm.join(format!("larder-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    Folder(path)
}

fn field(error: &FileError) -> &'static str {
    match error.problem() {
        Problem::Field { field, .. } => field,
        Problem::Truncated { .. } => "truncated",
        Problem::NotAFile => "not a file",
        Problem::AlreadyExists => "exists",
        Problem::Full { .. } => "full",
        Problem::Io { .. } => "refused",
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_in_it_is_checked_by_whoever_gets_it() {
    let folder = folder("shared-input");
    let path = folder.at("vec");
    let contents = Contents::vec::<[u16; 3]>(100);
    let memory = SharedMemory::create_named(&path, &contents).unwrap();
    assert!(!memory.sealed().is_obtained());
    let again = SharedMemory::create_named(&path, &contents).map(drop);
    assert_eq!(again.map_err(|e| field(&e)), Err("exists"));
    let open = || SharedMemory::open(&path, Wish::Prefer);
    assert_eq!(open().unwrap().contents(), &contents);
    // No kernel seals a file that has a name.
    assert_eq!(field(&SharedMemory::open(&path, Wish::Require).unwrap_err()), "refused");
    let over = |error: Result<(), FileError>| field(&error.unwrap_err());
    assert_eq!(over(SharedVec::<[u16; 4]>::over(open().unwrap()).map(drop)), "size of an element");
    assert_eq!(
        over(SharedVec::<[u8; 6]>::over(open().unwrap()).map(drop)),
        "alignment of an element"
    );
    assert_eq!(over(SharedVec::<[i16; 3]>::over(open().unwrap()).map(drop)), "type of an element");
    assert_eq!(over(SharedRing::<[u16; 3]>::over(open().unwrap()).map(drop)), "kind of contents");
    let vec = SharedVec::<[u16; 3]>::over(open().unwrap()).unwrap();
    let mut writer = vec.writer().unwrap();
    writer.extend_from_slice(&[[7, 8, 9]; 100]).unwrap();
    assert_eq!(over(writer.push([0; 3])), "full");
    assert_eq!(over(writer.set(100, [0; 3])), "index");
    assert_eq!((vec.get(99), vec.get(100), vec.len()), (Some([7, 8, 9]), None, 100));
    // Nonsense from others is read as nonsense, and no more.
    vec.memory().words()[0].store(u64::MAX, core::sync::atomic::Ordering::SeqCst);
    assert_eq!((vec.len(), vec.to_vec().len()), (100, 100));
    drop((vec, writer));

    // Every bit of the header.
    let good = fs::read(&path).unwrap();
    let bent = folder.at("bent");
    for bit in 0..8 * 4096 {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&bent, &bytes).unwrap();
        let opened = SharedMemory::open(&bent, Wish::Prefer).and_then(SharedVec::<[u16; 3]>::over);
        // What is behind the name is free.
        let named = 80 + core::any::type_name::<[u16; 3]>().len();
        assert_eq!(opened.is_err(), bit / 8 < named, "bit {bit}: {opened:?}");
        assert_eq!(fs::read(&bent).unwrap(), bytes);
    }
    for (len, problem) in [(0, "truncated"), (4096, "truncated"), (good.len() - 1, "truncated")] {
        fs::write(&bent, &good[..len]).unwrap();
        assert_eq!(field(&SharedMemory::open(&bent, Wish::Prefer).unwrap_err()), problem);
    }
    fs::write(&bent, [&good[..], &[0]].concat()).unwrap();
    let longer = SharedMemory::open(&bent, Wish::Prefer).unwrap_err();
    assert_eq!(field(&longer), "length of the file");
    assert_eq!(field(&SharedMemory::open(&folder.0, Wish::Prefer).unwrap_err()), "not a file");
    assert!(SharedMemory::open(folder.at("nothing"), Wish::Prefer).is_err());
    // More than a file can have, and more than the machine has.
    for capacity in [usize::MAX, usize::MAX / 6, 1 << 62, isize::MAX as usize / 8, 1 << 41] {
        let error = SharedMemory::create(&Contents::vec::<[u16; 3]>(capacity)).unwrap_err();
        assert!(matches!(field(&error), "full" | "refused"), "{error}");
    }
    assert_eq!(field(&SharedMemory::create(&Contents::ring::<u8>(0)).unwrap_err()), "capacity");
    // A file that may only be read is no memory to share.
    let read_only = File::open(&path).unwrap();
    assert!(SharedMemory::receive(read_only, Wish::Prefer).is_err());
}

#[test]
fn memory_that_is_cut_off_is_an_error_and_sealed_memory_cannot_be() {
    let folder = folder("shared-cut");
    let path = folder.at("vec");
    let memory = SharedMemory::create_named(&path, &Contents::vec::<u64>(100_000)).unwrap();
    let vec = SharedVec::<u64>::over(memory.clone()).unwrap();
    vec.writer().unwrap().push(1).unwrap();
    memory.check().unwrap();
    let full = fs::metadata(&path).unwrap().len();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(10_000).unwrap();
    for error in [memory.check().unwrap_err(), vec.writer().unwrap_err()] {
        assert!(
            matches!(error.problem(), Problem::Truncated { found: 10_000, expected } if *expected == full)
        );
    }
    let sealed = SharedMemory::create(&Contents::vec::<u64>(100_000)).unwrap();
    assert!(sealed.file().set_len(10_000).is_err() && sealed.file().set_len(1 << 30).is_err());
    sealed.check().unwrap();
    let theirs = SharedMemory::open(sealed.path(), Wish::Require).unwrap();
    assert!(theirs.sealed().is_obtained());
    sealed.words()[900].store(5, core::sync::atomic::Ordering::Relaxed);
    assert_eq!(theirs.words()[900].load(core::sync::atomic::Ordering::Relaxed), 5);
}

#[test]
fn every_refusal_of_the_kernel_is_an_error_or_told() {
    fn life(kernel: &Fake) -> Result<bool, FileError> {
        let memory = SharedMemory::create_in(&Contents::ring::<u32>(10), kernel)?;
        let ring = SharedRing::<u32, _>::over(memory.clone())?;
        let (mut producer, mut consumer) = (ring.producer()?, ring.consumer()?);
        assert_eq!((producer.push(3), consumer.pop()), (Ok(()), Some(3)));
        Ok(memory.sealed().is_obtained())
    }
    let kernel = Fake::new();
    assert!(life(&kernel).unwrap());
    let calls = kernel.calls();
    for (nth, call) in calls.iter().enumerate() {
        for errno in super::REFUSALS {
            let kernel = Fake::new();
            kernel.refuse_any_nth(nth, errno);
            let told = life(&kernel);
            assert!(kernel.mapped_bytes() == 0 || *call == Call::Unmap);
            let unknown = matches!(errno, Errno::UNSUPPORTED | Errno::INVALID);
            match call {
                Call::Seal => assert!(!told.unwrap()),
                Call::Unmap => assert!(told.unwrap()),
                Call::Allocate if errno == Errno::UNSUPPORTED => assert!(told.unwrap()),
                Call::Populate if unknown => assert!(told.unwrap()),
                _ => assert!(told.is_err(), "{call:?} {errno}"),
            }
        }
    }
    println!("{} calls refused", calls.len());
}
