//! Misuse that the detectors must find. Each is done by a process of its own, this very test again,
//! which must say what is wrong and end without unwinding.

#![expect(unsafe_code, reason = "misuses memory")]

use core::{alloc::Layout, ptr::NonNull};
use std::{
    env,
    process::{Command, Stdio},
};

use larder::{
    Arena, BufferPool, FreeList, Pool, Slab, Stack,
    adapt::{Checked, Quarantine, secure},
    alloc::{Allocator, Reset, ResizeInPlace},
    observe::Tracked,
};

const CHILD: &str = "LARDER_MISUSE";

/// Lets the test `name` run again as a process that does `misuse`. Returns what it said, and whether
/// it came to its end.
fn outcome(name: &str, misuse: impl FnOnce()) -> (String, bool) {
    if env::var(CHILD).is_ok_and(|child| child == name) {
        misuse();
        std::process::exit(0);
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([&format!("misuse::{name}"), "--exact"])
        .env(CHILD, name)
        .stdout(Stdio::null())
        .output()
        .unwrap();
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.success())
}

/// Checks that `misuse` is found, by all of these words, and that nothing unwinds.
#[track_caller]
fn dies(name: &str, misuse: impl FnOnce(), words: &[&str]) {
    struct Unwound;
    impl Drop for Unwound {
        fn drop(&mut self) {
            eprintln!("the stack was unwound");
        }
    }
    let (said, ended) = outcome(name, || {
        let _unwound = Unwound;
        misuse();
        eprintln!("nothing was found");
        std::process::exit(0);
    });
    assert!(!ended, "it came to its end: {said}");
    assert!(said.contains("larder: memory was misused"), "{said}");
    assert!(!said.contains("the stack was unwound"), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is missing in: {said}");
    }
}

const LAYOUT: Layout = Layout::new::<[u8; 24]>();

fn block_of(alloc: &impl Allocator) -> NonNull<u8> {
    alloc.allocate(LAYOUT).unwrap().cast()
}

/// Frees `block` as one of `layout`, rightly or not.
fn free(alloc: &impl Allocator, block: NonNull<u8>, layout: Layout) {
    // SAFETY: where it is not right, that is the misuse: the detector ends the process before anything
    // comes of it, or the test fails.
    unsafe { alloc.deallocate(block, layout) };
}

/// Changes the byte that lies `at` bytes from the start of `block`, whoever's it is.
fn write(block: NonNull<u8>, at: isize, change: impl FnOnce(u8) -> u8) {
    // SAFETY: the byte is in the chunk of the arena that the block is in, so near does it lie.
    let byte = unsafe { block.offset(at) };
    // SAFETY: the same, and the detector or a block has written it.
    let was = unsafe { byte.read() };
    // SAFETY: the same. That it is not the user's to write is the misuse.
    unsafe { byte.write(change(was)) };
}

#[test]
fn a_second_free() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc.at("the parser"));
        free(&alloc, block, LAYOUT);
        free(&alloc, block, LAYOUT);
    };
    dies(
        "a_second_free",
        misuse,
        &[
            "freed twice: the block at 0x",
            "of 24 bytes at a multiple of 1, allocated by call 1",
            "from \"the parser\" at tests/it/misuse.rs:",
            "call 2 had freed it already",
        ],
    );
}

#[test]
fn a_second_free_after_many_others() {
    let misuse = || {
        let alloc = secure::strict(Arena::new());
        let block = block_of(&alloc);
        free(&alloc, block, LAYOUT);
        for _ in 0..200 {
            let other = block_of(&alloc);
            assert_ne!(other, block);
            free(&alloc, other, LAYOUT);
        }
        free(&alloc, block, LAYOUT);
    };
    dies(
        "a_second_free_after_many_others",
        misuse,
        &["freed twice", "call 2 had freed it already"],
    );
}

#[test]
fn a_foreign_free() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let _mine = block_of(&alloc);
        let mut bytes = [0_u8; 24];
        free(&alloc, NonNull::from(&mut bytes).cast(), LAYOUT);
    };
    dies("a_foreign_free", misuse, &["freed what is no live block", "it is another allocator's"]);
}

#[test]
fn a_free_in_the_middle() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        // SAFETY: the block has more bytes.
        free(&alloc, unsafe { block.add(8) }, Layout::new::<u64>());
    };
    dies("a_free_in_the_middle", misuse, &["it lies 8 bytes into the block at 0x", "of 24 bytes"]);
}

#[test]
fn a_wrong_size() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        free(&alloc, block, Layout::new::<[u8; 25]>());
    };
    dies(
        "a_wrong_size",
        misuse,
        &["freed with the wrong layout", "of 24 bytes", "came back as 25 bytes"],
    );
}

#[test]
fn a_wrong_size_of_nothing() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        free(&alloc, block, Layout::new::<[u8; 0]>());
    };
    dies(
        "a_wrong_size_of_nothing",
        misuse,
        &["freed with the wrong layout", "came back as 0 bytes"],
    );
}

#[test]
fn a_wrong_alignment_in_a_growth() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        let (old, new) = (LAYOUT.align_to(8).unwrap(), Layout::new::<[u64; 9]>());
        // SAFETY: the alignment is not the block's, which is the misuse, and is found first.
        let _ = unsafe { alloc.grow(block, old, new) };
    };
    dies("a_wrong_alignment_in_a_growth", misuse, &["came back as 24 bytes at a multiple of 8"]);
}

#[test]
fn a_write_behind_a_block() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        write(block, 24, |was| !was);
        free(&alloc, block, LAYOUT);
    };
    dies("a_write_behind_a_block", misuse, &["the byte 1 after the block at 0x", "instead of 0x"]);
}

#[test]
fn a_write_before_a_block_found_by_resizing_it() {
    let misuse = || {
        let alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        write(block, -3, |was| !was);
        // SAFETY: the block is live, and the layout its own.
        let _ = unsafe { alloc.resize_in_place(block, LAYOUT, 30) };
    };
    dies("a_write_before_a_block_found_by_resizing_it", misuse, &["the byte 3 before the block"]);
}

#[test]
fn a_write_behind_a_block_found_by_a_reset() {
    let misuse = || {
        let mut alloc = Checked::new(Arena::new());
        let block = block_of(&alloc);
        write(block, 39, |was| !was);
        alloc.end_blocks();
    };
    dies("a_write_behind_a_block_found_by_a_reset", misuse, &["the byte 16 after the block"]);
}

#[test]
fn a_write_after_a_free() {
    let misuse = || {
        let alloc = Quarantine::new(Arena::new(), 1000);
        let block = block_of(&alloc);
        free(&alloc, block, LAYOUT);
        write(block, 7, |_| 0x41);
        for _ in 0..2000 {
            let other = block_of(&alloc);
            free(&alloc, other, LAYOUT);
        }
    };
    dies(
        "a_write_after_a_free",
        misuse,
        &[
            "written after it was freed: byte 7 of the block at 0x",
            "of 24 bytes, freed as number 1, is 0x41",
        ],
    );
}

#[test]
fn a_write_after_a_free_found_at_the_end() {
    let misuse = || {
        let alloc = secure::lasting(Arena::new());
        let block = block_of(&alloc);
        free(&alloc, block, LAYOUT);
        write(block, 0, |_| 0x41);
        drop(alloc);
    };
    dies("a_write_after_a_free_found_at_the_end", misuse, &["byte 0 of the block", "is 0x41"]);
}

#[test]
fn what_was_not_freed_is_told_at_the_end() {
    let leak = || {
        let quiet = Tracked::new(Arena::new()).silent();
        block_of(&quiet.at("not told"));
        let alloc = Tracked::new(Arena::new());
        for _ in 0..3 {
            block_of(&alloc.at("the cache"));
        }
        block_of(&alloc);
    };
    let (said, ended) = outcome("what_was_not_freed_is_told_at_the_end", leak);
    assert!(ended, "{said}");
    assert!(said.contains("larder: 4 blocks with 96 bytes were not freed"), "{said}");
    assert!(
        said.contains(
            "  3 blocks, 72 bytes, the oldest 3 calls old, from \"the cache\" at tests/it/"
        ),
        "{said}"
    );
    assert!(said.contains("  1 blocks, 24 bytes, the oldest 0 calls old, from a place"), "{said}");
    assert!(!said.contains("not told"), "{said}");
}

#[cfg(debug_assertions)]
fn free_twice(alloc: impl Allocator) {
    let layout = Layout::new::<[u64; 6]>();
    let block = alloc.allocate(layout).unwrap().cast();
    free(&alloc, block, layout);
    free(&alloc, block, layout);
}

#[cfg(debug_assertions)]
#[test]
fn a_pool_finds_a_block_that_is_freed_twice() {
    let misuse = || free_twice(Pool::of::<[u64; 6]>());
    dies("a_pool_finds_a_block_that_is_freed_twice", misuse, &["of 48 bytes, was freed twice"]);
}

#[cfg(debug_assertions)]
#[test]
fn a_slab_finds_a_block_that_is_freed_twice() {
    let misuse = || free_twice(Slab::new());
    dies("a_slab_finds_a_block_that_is_freed_twice", misuse, &["of 48 bytes, was freed twice"]);
}

#[cfg(debug_assertions)]
#[test]
fn a_free_list_finds_a_block_that_is_freed_twice() {
    let misuse = || free_twice(FreeList::for_layout(Layout::new::<[u64; 6]>()));
    dies(
        "a_free_list_finds_a_block_that_is_freed_twice",
        misuse,
        &["of 48 bytes, was freed twice"],
    );
}

#[cfg(debug_assertions)]
#[test]
fn a_stack_finds_a_block_that_is_freed_twice() {
    let misuse = || free_twice(Stack::new());
    dies("a_stack_finds_a_block_that_is_freed_twice", misuse, &["no live block begins there"]);
}

#[cfg(debug_assertions)]
#[test]
fn a_stack_finds_a_block_beneath_others_that_is_freed_twice() {
    let misuse = || {
        let stack = Stack::new();
        let beneath = block_of(&stack);
        let _above = block_of(&stack);
        free(&stack, beneath, LAYOUT);
        free(&stack, beneath, LAYOUT);
    };
    dies(
        "a_stack_finds_a_block_beneath_others_that_is_freed_twice",
        misuse,
        &["no live block begins there: it was freed before"],
    );
}

#[cfg(debug_assertions)]
#[test]
fn a_stack_finds_a_block_of_another_stack() {
    let misuse = || {
        let (stack, other) = (Stack::new(), Stack::new());
        block_of(&stack);
        free(&stack, block_of(&other), LAYOUT);
    };
    dies("a_stack_finds_a_block_of_another_stack", misuse, &["or is of another allocator"]);
}

#[cfg(debug_assertions)]
#[test]
fn a_buffer_pool_finds_a_block_that_is_freed_twice() {
    let misuse = || free_twice(BufferPool::new());
    dies("a_buffer_pool_finds_a_block_that_is_freed_twice", misuse, &["was freed twice"]);
}

#[cfg(debug_assertions)]
#[test]
fn a_pool_finds_a_block_of_another_pool() {
    let words = &["but no such block begins there"];
    dies(
        "a_pool_finds_a_block_of_another_pool",
        || {
            let layout = Layout::new::<[u64; 6]>();
            let (pool, other) = (Pool::of::<[u64; 6]>(), Pool::of::<[u64; 6]>());
            pool.allocate(layout).unwrap();
            let block = other.allocate(layout).unwrap().cast();
            free(&pool, block, layout);
        },
        words,
    );
}

#[cfg(debug_assertions)]
#[test]
fn a_slab_finds_a_block_that_is_freed_as_one_of_another_size() {
    let words = &["of 64 bytes, but no such block begins there"];
    dies(
        "a_slab_finds_a_block_that_is_freed_as_one_of_another_size",
        || {
            let slab = Slab::new();
            slab.allocate(Layout::new::<[u64; 8]>()).unwrap();
            let block = slab.allocate(Layout::new::<[u64; 6]>()).unwrap().cast();
            free(&slab, block, Layout::new::<[u64; 8]>());
        },
        words,
    );
}
