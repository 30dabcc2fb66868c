#![expect(unsafe_code, reason = "calls the unsafe methods of allocators, and does what faults")]
//! Blocks between fences, and secret ones.

use std::{env, fs, os::unix::process::ExitStatusExt, process::Command};

use larder::{
    Arena,
    alloc::{Allocator, Api2, Block, Report},
    os::{Call, Errno, Fake, Guarded, Kernel, Outcome, Secret, Wish},
    testing::run,
};

use super::{REFUSALS, layout, programs};

larder::allocator_contract! { guarded, Guarded::new }
larder::allocator_contract! { secret, Secret::new }
larder::allocator_contract! { arena_over_guarded, || Arena::new_in(Guarded::new()) }

#[test]
fn random_programs_hold_on_good_and_refusing_kernels() {
    let (guarded, secret) = (Guarded::new(), Secret::new());
    for (index, ops) in programs(60).enumerate() {
        run(&ops, || &guarded).unwrap();
        run(&ops, || &secret).unwrap();
        let kernel = Fake::new();
        kernel.refuse_any_nth(index, Errno::NO_MEMORY);
        run(&ops, || Secret::new_in(&kernel)).unwrap();
    }
    assert_eq!((guarded.report().live_blocks, guarded.stranded_bytes()), (Some(0), 0));
    assert_eq!((secret.report().live_blocks, secret.stranded_bytes()), (Some(0), 0));
}

#[test]
fn every_refusal_is_an_error_or_an_outcome_and_leaks_nothing() {
    fn make(kernel: &Fake, wish: Wish) -> Secret<&Fake> {
        let secret = Secret::new_in(kernel).with_hidden(Wish::Prefer).with_lock(wish);
        secret.with_no_dump(wish).with_no_fork(wish)
    }
    for wish in [Wish::Ignore, Wish::Prefer, Wish::Require] {
        for align in [1, 1 << 15] {
            for nth in 0..16 {
                for errno in REFUSALS {
                    let kernel = Fake::new();
                    kernel.refuse_any_nth(nth, errno);
                    let secret = make(&kernel, wish);
                    match Block::new_in(layout(5000, align), &secret) {
                        Ok(mut block) => {
                            assert!(block.as_slice().iter().all(|byte| *byte == 0));
                            block.as_mut_slice().fill(1);
                        }
                        Err(_) => assert_eq!(secret.last_refusal().unwrap().errno, errno),
                    }
                    assert_eq!(kernel.mapped_bytes(), secret.stranded_bytes());
                    assert_eq!(secret.report().live_blocks, Some(0));
                }
            }
        }
    }
}

#[test]
fn what_is_wished_for_secrets_comes_out() {
    let kernel = Fake::new();
    kernel.refuse(Call::MapSecret, Errno::UNSUPPORTED);
    kernel.refuse(Call::Lock, Errno::NO_MEMORY);
    let secret = Secret::new_in(&kernel).with_no_fork(Wish::Ignore);
    let block = Block::new_in(layout(100, 1), &secret).unwrap();
    let got = secret.protection();
    let Outcome::Refused(hidden) = got.hidden else { panic!("{got:?}") };
    assert!(hidden.is_unsupported() && hidden.call == Call::MapSecret);
    let Outcome::Refused(locked) = got.locked else { panic!("{got:?}") };
    assert_eq!((locked.errno, locked.limit), (Errno::NO_MEMORY, kernel.lock_limit()));
    assert_eq!(
        (got.undumped.is_obtained(), got.unforked),
        (cfg!(target_os = "linux"), Outcome::NotAsked)
    );
    drop(block);
    for strict in [
        Secret::new_in(&kernel).with_hidden(Wish::Require),
        Secret::new_in(&kernel).with_lock(Wish::Require),
    ] {
        assert!(Block::new_in(layout(100, 1), &strict).is_err());
        assert!(matches!(strict.last_refusal().unwrap().call, Call::MapSecret | Call::Lock));
    }
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_says_that_a_secret_is_kept() {
    for hidden in [Wish::Prefer, Wish::Ignore] {
        let secret = Secret::new().with_hidden(hidden);
        let block = Block::new_in(layout(100, 1), &secret).unwrap();
        let got = secret.protection();
        assert_eq!(got.hidden == Outcome::NotAsked, hidden == Wish::Ignore);
        println!("{got:?}");
        let address = block.as_ptr().addr().get();
        let flags = super::flags_at(&fs::read_to_string("/proc/self/smaps").unwrap(), address);
        let says = |outcome: Outcome, flag| {
            assert!(!outcome.is_obtained() || flags.iter().any(|told| told == flag), "{flags:?}")
        };
        says(got.locked, "lo");
        says(got.undumped, "dd");
        says(got.unforked, "dc");
    }
}

#[test]
fn nothing_of_a_secret_is_left_behind() {
    let kernel = Fake::new();
    // Pages that are not taken back can be looked at.
    kernel.refuse(Call::Unmap, Errno::NO_MEMORY);
    let secret = Secret::new_in(&kernel);
    let mut text = allocator_api2::vec::Vec::new_in(Api2(&secret));
    let mut left = Vec::new();
    for _ in 0..3000 {
        text.push(0x5E_u8);
        if left.last().is_none_or(|(at, _)| *at != text.as_ptr()) {
            left.push((text.as_ptr(), text.capacity()));
        }
    }
    drop(text);
    assert!(left.len() > 3);
    for (at, size) in left {
        // SAFETY: the pages are still mapped, as they could not be unmapped, and nobody has them.
        let bytes = unsafe { core::slice::from_raw_parts(at, size) };
        assert!(bytes.iter().all(|byte| *byte == 0));
    }
}

#[test]
fn a_fence_takes_no_protection_where_the_kernel_has_guards() {
    let kernel = Fake::new();
    let guarded = Guarded::new_in(&kernel);
    drop(Block::new_in(layout(100, 1), &guarded).unwrap());
    let calls = kernel.calls();
    assert_eq!(calls[..3], [Call::Map, Call::Guard, calls[2]]);
    if calls[2] == Call::Guard {
        assert_eq!(calls, [Call::Map, Call::Guard, Call::Guard, Call::Unmap]);
    }
}

/// The mappings that hold any byte of these ranges, by the kernel's word.
#[cfg(target_os = "linux")]
fn mappings(ranges: &[core::ops::Range<usize>]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let number = |text| usize::from_str_radix(text, 16).unwrap();
    maps.lines()
        .filter(|line| {
            let (first, last) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let (first, last) = (number(first), number(last));
            ranges.iter().any(|range| range.start < last && first < range.end)
        })
        .count()
}

#[cfg(target_os = "linux")]
#[test]
fn guard_regions_take_no_mapping_and_protected_pages_take_one_each() {
    const N: usize = 200;
    for regions in [true, false] {
        let kernel = Fake::new();
        if !regions {
            kernel.refuse(Call::Guard, Errno::INVALID);
        }
        let guarded = Guarded::new_in(&kernel);
        let page = kernel.page_size();
        let blocks: Vec<_> =
            (0..N).map(|_| Block::new_in(layout(100, 1), &guarded).unwrap()).collect();
        let of_block = |block: &Block<_>| {
            let inside = block.as_ptr().addr().get() / page * page;
            inside - page..inside + 2 * page
        };
        let found = mappings(&blocks.iter().map(of_block).collect::<Vec<_>>());
        let fences = guarded.fences();
        println!("{N} blocks between fences lie in {found} mappings: {fences:?}");
        assert_eq!(fences.regions + fences.protected, 2 * N);
        if fences.protected == 0 {
            // Blocks side by side share one.
            assert!(regions && (1..=N).contains(&found));
        } else {
            // A kernel before 6.13 has no regions. Fences side by side share one.
            assert_eq!((fences.regions, kernel.count(Call::Protect)), (0, 2 * N));
            assert!(found > 2 * N);
        }
    }
}

/// What a child of this test does, by name, and what it must die of.
const DEEDS: [(&str, &[i32], &str); 9] = [
    ("overrun", &[11, 7], ""),
    ("overrun by a page less one", &[11, 7], ""),
    ("underrun", &[11, 7], ""),
    ("overrun behind protection", &[11, 7], ""),
    ("overrun a secret", &[11, 7], ""),
    ("use after free", &[11, 7], ""),
    ("small underrun", &[6], "the byte 3 before a block of 100 bytes"),
    ("small overrun", &[6], "the byte 0 after a block of 100 bytes"),
    ("nothing", &[], ""),
];

/// Runs as a child of the next test, and does one of the deeds.
#[test]
fn a_deed() {
    let Ok(deed) = env::var("LARDER_DEED") else { return };
    let kernel = Fake::new();
    if deed == "overrun behind protection" {
        kernel.refuse(Call::Guard, Errno::INVALID);
    }
    let guarded = Guarded::new_in(&kernel);
    let secret = Secret::new();
    let page = kernel.page_size();
    let (wanted, offset): (_, isize) = match deed.as_str() {
        "overrun" | "overrun behind protection" | "overrun a secret" | "use after free" => {
            (layout(100, 1), 100)
        }
        "overrun by a page less one" => (layout(100, 1), 99 + page as isize),
        "underrun" => (layout(100, 1), -(page as isize)),
        "small underrun" => (layout(100, 8), -3),
        "small overrun" => (layout(100, 8), 100),
        _ => (layout(100, 8), 99),
    };
    let block =
        if deed == "overrun a secret" { secret.allocate(wanted) } else { guarded.allocate(wanted) };
    let block = block.unwrap().cast::<u8>();
    if deed == "use after free" {
        // SAFETY: the block is live, and the layout is its own.
        unsafe { guarded.deallocate(block, wanted) };
        // SAFETY: none; this is to fault.
        unsafe { block.as_ptr().write_volatile(1) };
        return;
    }
    // SAFETY: none, but for "nothing"; this is to be found out.
    unsafe { block.as_ptr().wrapping_offset(offset).write_volatile(1) };
    // SAFETY: the block is live, and the layout is its own.
    unsafe { guarded.deallocate(block, wanted) };
}

#[test]
fn what_is_outside_of_a_block_faults_or_is_found() {
    for (deed, signals, message) in DEEDS {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "os::fenced::a_deed", "--nocapture", "--test-threads=1"])
            .env("LARDER_DEED", deed)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        // The sanitizer catches the signal, and says so.
        let signal = child.status.signal();
        let caught = said.contains("AddressSanitizer") && !child.status.success();
        match signals {
            [] => assert!(child.status.success(), "{deed}: {said}"),
            _ => assert!(
                caught || signal.is_some_and(|signal| signals.contains(&signal)),
                "{deed}: {signal:?} {said}"
            ),
        }
        assert!(said.contains(message), "{deed}: {said}");
    }
}
