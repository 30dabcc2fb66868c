//! What the compiler must know: which types go between threads, are not copied, and shorten their
//! lifetimes. A pin that is lost fails to compile.

use core::cell::Cell;

use larder::{
    Arena, BoundedBuffer, BufferPool, BumpVector, CircularBuffer, Deque, FreeList, ObjectPool,
    OwnedList, PerThread, Pool, PoolOf, Pooled, PooledVec, Scope, Slab, SmallVector, StableVector,
    alloc::{Api2, Block, Buffer, FromApi2, Global, Null, Refusal, Refused},
    collections::{
        circular_buffer, interner,
        intrusive_list::{HandleLink, Link, SharedLink},
        small_vector, soa_vector, stable_vector, vector,
    },
    strategy::{
        arena::{Checkpoint, Place, Tail},
        object_pool::Shared,
    },
    testing::{
        dummy::ZeroSized,
        hostile::{
            Counting, Exact, FailNth, FailRandomly, Limited, OverReturn, Poison, Quarantine,
        },
    },
};

/// `type: Trait` must hold.
macro_rules! is {
    ($($type:ty: $($bound:path),+;)+) => {$($(
        const _: fn() = || {
            fn holds<T: ?Sized + $bound>() {}
            holds::<$type>();
        };
    )+)+};
}

/// `type: Trait` must not hold: if it did, there would be two impls to choose from.
macro_rules! is_not {
    ($($type:ty: $($bound:path),+;)+) => {$($(
        const _: fn() = || {
            trait Choice<C> {
                fn choose() {}
            }
            struct Bound;
            impl<T: ?Sized> Choice<()> for T {}
            impl<T: ?Sized + $bound> Choice<Bound> for T {}
            <$type as Choice<_>>::choose();
        };
    )+)+};
}

type Theirs = FromApi2<allocator_api2::alloc::Global>;

is! {
    Arena: Send, Unpin;
    Arena<Buffer<'static>>: Send;
    Arena<Arena>: Send;
    FreeList: Send;
    ObjectPool<String>: Send;
    Pool: Send;
    PoolOf<*mut u8>: Send;
    Slab: Send;
    Buffer<'static>: Send;
    Buffer<'static, Arena>: Send;
    Block: Send, Sync, Unpin;
    Block<Arena>: Send;
    Block<Null>: Send, Sync;
    Null: Send, Sync, Copy;
    Api2<Global>: Send, Sync, Copy;
    Api2<Arena>: Send;
    Theirs: Send, Sync, Copy;
    Refusal: Send, Sync, Copy;
    Refused<Box<u8>>: Send, Sync;
}

type Bump<T, A = Global> = larder::BumpVector<T, A>;
type Owned<T, A = Global> = larder::OwnedList<T, A>;
type Linked<P, L> = larder::IntrusiveList<P, Through<L>>;

/// An element that is nothing but a link.
struct Through<L>(L);

impl<L: larder::collections::intrusive_list::Hook> larder::collections::intrusive_list::Adapter<L>
    for Through<L>
{
    type Hook = L;
    fn hook(link: &L) -> &L {
        link
    }
}

is! {
    Bump<u8>: Send, Unpin;
    Bump<Box<u8>, Arena>: Send;
    Owned<u8>: Send, Sync, Unpin;
    Owned<Box<u8>, Arena>: Send;
    Link: Send;
    HandleLink: Send, Unpin;
    SharedLink: Send, Sync;
    Linked<Box<Link>, Link>: Send;
    Linked<&'static SharedLink, SharedLink>: Send, Sync;
    Linked<std::sync::Arc<SharedLink>, SharedLink>: Send, Sync;
}

is_not! {
    Bump<u8>: Sync;
    Bump<*mut u8>: Send;
    Bump<u8, &'static Arena>: Send;
    Owned<*mut u8>: Send, Sync;
    Owned<core::cell::Cell<u8>>: Sync;
    Owned<u8, &'static Arena>: Send;
    Link: Sync;
    Linked<Box<Link>, Link>: Sync, Clone;
    Linked<&'static Link, Link>: Send;
    Linked<std::rc::Rc<SharedLink>, SharedLink>: Send, Sync;
    Linked<std::sync::Arc<Link>, Link>: Send;
}

type Stable<T, A = Global> = larder::StableVector<T, A>;
type StableItems<T> = <Stable<T> as IntoIterator>::IntoIter;

is! {
    Stable<u8>: Send, Sync, Unpin;
    Stable<Box<u8>, Arena>: Send;
    StableItems<u8>: Send, Sync;
    stable_vector::Iter<'static, u8>: Send, Sync, Clone;
    stable_vector::IterMut<'static, u8>: Send, Sync;
    stable_vector::Handle: Send, Sync, Copy;
    stable_vector::Drain<'static, u8, stable_vector::Handle>: Send, Sync;
}

is_not! {
    Stable<*mut u8>: Send, Sync;
    Stable<core::cell::Cell<u8>>: Sync;
    Stable<u8, Arena>: Sync;
    Stable<u8, &'static Arena>: Send, Sync;
    StableItems<*mut u8>: Send, Sync;
    stable_vector::Iter<'static, core::cell::Cell<u8>>: Send, Sync;
    stable_vector::IterMut<'static, *mut u8>: Send, Sync;
    stable_vector::IterMut<'static, u8>: Clone;
    stable_vector::Pairs<'static, u8, stable_vector::Handle, Arena>: Send, Sync;
    stable_vector::Drain<'static, *mut u8, stable_vector::Handle>: Send, Sync;
}

/// A row of columns.
#[derive(larder::Soa, Clone)]
struct One<T>(T);

type Columns<T, A = Global> = larder::SoaVector<One<T>, A>;
type RowOf<'a, T> = soa_vector::Ref<'a, One<T>>;
type ColumnsOf<'a, T> = soa_vector::SlicesMut<'a, One<T>>;
type Words<A> = larder::Interner<str, u32, interner::WordHash, A>;

is! {
    Columns<u8>: Send, Sync, Unpin, Clone;
    Columns<Cell<u8>>: Send;
    Columns<Box<u8>, Arena>: Send;
    RowOf<'static, u8>: Send, Sync, Copy;
    ColumnsOf<'static, Cell<u8>>: Send;
    soa_vector::Iter<'static, One<u8>>: Send, Sync, Clone;
    soa_vector::IterMut<'static, One<u8>>: Send, Sync;
    soa_vector::IterMut<'static, One<Cell<u8>>>: Send;
    soa_vector::IntoIter<One<u8>>: Send, Sync, Clone;
    soa_vector::Drain<'static, One<u8>>: Send, Sync;
    Words<Arena>: Send;
    interner::SymbolMap<Cell<u8>>: Send;
}

is_not! {
    Columns<*mut u8>: Send, Sync;
    Columns<Cell<u8>>: Sync;
    Columns<u8, Arena>: Sync, Clone;
    Columns<u8, &'static Arena>: Send, Sync;
    RowOf<'static, Cell<u8>>: Send, Sync;
    ColumnsOf<'static, u8>: Clone;
    ColumnsOf<'static, *mut u8>: Send, Sync;
    soa_vector::Iter<'static, One<Cell<u8>>>: Send, Sync;
    soa_vector::IterMut<'static, One<*mut u8>>: Send, Sync;
    soa_vector::IterMut<'static, One<u8>>: Clone;
    soa_vector::IntoIter<One<*mut u8>>: Send, Sync;
    soa_vector::Drain<'static, One<*mut u8>>: Send, Sync;
    Words<Arena>: Sync, Clone;
    Words<&'static Arena>: Send, Sync;
    interner::SymbolMap<*mut u8>: Send, Sync;
}

/// Columns shorten the lifetimes of their fields and of their allocator's reference.
#[expect(dead_code, reason = "that it compiles is the test")]
fn columns_are_covariant<'short>(
    rows: Columns<&'static str, &'static Arena>,
    iter: soa_vector::Iter<'static, One<&'static str>>,
    all: soa_vector::IntoIter<One<&'static str>>,
) -> (Columns<&'short str, &'short Arena>, RowsOf<'short>, soa_vector::IntoIter<One<&'short str>>) {
    (rows, iter, all)
}

type RowsOf<'short> = soa_vector::Iter<'short, One<&'short str>>;

is! {
    SmallVector<u8, 4>: Send, Sync, Unpin, Clone;
    SmallVector<Cell<u8>, 4>: Send;
    SmallVector<u8, 4, Arena>: Send;
    PooledVec<u8>: Send, Sync, Clone;
    PooledVec<u8, Slab>: Send;
    small_vector::IntoIter<u8, 4>: Send, Sync, Clone;
    vector::Drain<'static, vector::Heap<u8, Global>>: Send, Sync;
    CircularBuffer<u8>: Send, Sync, Unpin, Clone;
    BoundedBuffer<Cell<u8>>: Send;
    Deque<u8, Arena>: Send;
    Deque<u8, larder::os::Mirrored>: Send, Sync, Unpin, Clone;
    BoundedBuffer<Cell<u8>, larder::os::Mirrored>: Send;
    circular_buffer::Iter<'static, u8>: Send, Sync, Clone;
    circular_buffer::Drain<'static, u8, circular_buffer::Grow, Global>: Send, Sync;
    PerThread: Send, Sync, Copy;
    BufferPool: Send;
}

is_not! {
    SmallVector<*mut u8, 4>: Send, Sync;
    SmallVector<Cell<u8>, 4>: Sync;
    SmallVector<u8, 4, Arena>: Sync, Clone;
    SmallVector<u8, 4, &'static Arena>: Send, Sync;
    SmallVector<core::marker::PhantomPinned, 4>: Unpin;
    PooledVec<u8, &'static BufferPool>: Send, Sync;
    small_vector::IntoIter<*mut u8, 4>: Send, Sync;
    vector::Drain<'static, vector::Heap<u8, Global>>: Clone;
    vector::Drain<'static, vector::Heap<*mut u8, Global>>: Send, Sync;
    Deque<*mut u8>: Send, Sync;
    Deque<*mut u8, larder::os::Mirrored>: Send, Sync;
    BoundedBuffer<Cell<u8>, larder::os::Mirrored>: Sync;
    Deque<u8, &'static Arena>: Send, Sync;
    BoundedBuffer<Cell<u8>>: Sync;
    circular_buffer::Drain<'static, *mut u8, circular_buffer::Grow, Global>: Send, Sync;
    BufferPool: Sync, Clone;
}

/// Vectors and queues shorten lifetimes as well, those that hold elements inside too.
#[expect(dead_code, reason = "that it compiles is the test")]
fn vectors_and_queues_are_covariant<'short>(
    small: SmallVector<&'static str, 2, &'static Arena>,
    pooled: PooledVec<&'static str>,
    queue: Deque<&'static str, &'static Arena>,
) -> (SmallVector<&'short str, 2, &'short Arena>, PooledVec<&'short str>, Texts<'short>) {
    (small, pooled, queue)
}

type Texts<'short> = Deque<&'short str, &'short Arena>;

/// Vectors shorten the lifetimes of their elements and of their allocator's reference.
#[expect(dead_code, reason = "that it compiles is the test")]
fn stable_vectors_are_covariant<'short>(
    vector: Stable<&'static str, &'static Arena>,
    iter: stable_vector::Iter<'static, &'static str>,
) -> (Stable<&'short str, &'short Arena>, stable_vector::Iter<'short, &'short str>) {
    (vector, iter)
}

is_not! {
    Arena: Sync, Clone;
    &'static Arena: Send;
    Arena<&'static Arena>: Send, Sync;
    FreeList: Sync, Clone;
    ObjectPool<String>: Sync, Clone;
    ObjectPool<*mut u8>: Send;
    Pool: Sync, Clone;
    Pool<&'static Arena>: Send;
    Pooled<u8, &'static ObjectPool<u8>>: Send, Sync, Clone;
    Shared<u8, &'static ObjectPool<u8>>: Send, Sync;
    Slab: Sync, Clone;
    Scope<'static>: Send, Sync, Clone;
    &'static Scope<'static>: Send;
    Place<'static>: Send, Sync, Clone;
    Checkpoint: Send, Sync;
    Tail<'static, u8>: Send, Sync, Clone;
    Buffer<'static>: Sync, Clone;
    Buffer<'static, &'static Arena>: Send;
    Block: Clone;
    Block<&'static Arena>: Send, Sync;
    Block<Arena>: Sync;
    Api2<Arena>: Sync, Clone;
    Api2<&'static Arena>: Send, Sync;
    FromApi2<&'static Arena>: Send, Sync;
    Refused<*mut u8>: Send, Sync;
    Counting<Global>: Clone;
    Exact<Global>: Clone;
    FailNth<Global>: Clone;
    FailRandomly<Global>: Clone;
    Limited<Global>: Clone;
    OverReturn<Global>: Clone;
    Poison<Global>: Clone;
    Quarantine<Global>: Clone;
    ZeroSized<'static>: Send, Sync;
}

/// Longer lives serve where shorter are asked for.
#[expect(dead_code, reason = "compiling them is the test")]
mod covariance {
    use super::*;

    fn buffer<'short>(long: Buffer<'static>) -> Buffer<'short> {
        long
    }
    fn buffer_rest<'b, 'short>(long: Buffer<'b, &'static Arena>) -> Buffer<'b, &'short Arena> {
        long
    }
    fn arena<'short>(long: Arena<Buffer<'static>>) -> Arena<Buffer<'short>> {
        long
    }
    fn upstream<'short>(long: Arena<&'static Arena>) -> Arena<&'short Arena> {
        long
    }
    fn scope<'a, 'short>(long: &'a Scope<'static>) -> &'a Scope<'short> {
        long
    }
    fn place<'short>(long: Place<'static>) -> Place<'short> {
        long
    }
    fn tail<'short>(long: Tail<'static, &'static str>) -> Tail<'short, &'short str> {
        long
    }
    fn block<'short>(long: Block<&'static Arena>) -> Block<&'short Arena> {
        long
    }
    fn api2<'short>(long: Api2<&'static Arena>) -> Api2<&'short Arena> {
        long
    }
    fn from_api2<'short>(long: FromApi2<&'static Arena>) -> FromApi2<&'short Arena> {
        long
    }
    fn owned_list<'short>(long: Owned<&'static str>) -> Owned<&'short str> {
        long
    }
    fn refused<'short>(long: Refused<&'static str>) -> Refused<&'short str> {
        long
    }
}

#[test]
fn an_allocator_can_be_a_trait_object() {
    use larder::alloc::{Allocator, Layout};
    let arena = Arena::new();
    let allocator: &dyn Allocator = &arena;
    let block = Block::new_in(Layout::new::<u64>(), allocator).unwrap();
    assert_eq!((block.size(), arena.used_bytes()), (8, 8));
}

/// A sequence of an array, a slice or a vector names its type with nothing else said, equals all
/// three, and orders beside a sequence of its kind in other memory.
macro_rules! sequence_pins {
    ($($Sequence:ident)+) => {$({
        let of_array = $Sequence::from([1, 2]);
        let of_slice = $Sequence::from(&[1, 2][..]);
        let of_vec = $Sequence::from(vec![1, 2]);
        assert!(of_array == of_slice && of_slice == of_vec);
        assert!(of_array == [1, 2] && of_array == [1, 2][..] && of_array == &[1, 2]);
        assert!(of_array == &mut [1, 2] && of_array != vec![2, 1]);
        let arena = Arena::new();
        let elsewhere = $Sequence::from_iter_in([1, 3], &arena);
        assert!(of_array != elsewhere && of_array < elsewhere);
        assert_eq!(format!("{elsewhere:?}"), "[1, 3]");
        let back: Vec<i32> = of_array.into();
        assert_eq!(back, [1, 2]);
    })+};
}

#[test]
fn sequences_are_made_of_and_compared_with_what_std_has() {
    sequence_pins!(BoundedBuffer BumpVector CircularBuffer Deque OwnedList StableVector);
}

#[test]
fn what_must_not_compile_says_why() {
    let text = include_str!("../compile_fail.md");
    let fences: Vec<_> = text.lines().filter(|line| line.starts_with("```compile_fail")).collect();
    assert!(fences.len() >= 12, "{}", fences.len());
    assert!(fences.iter().all(|fence| fence.starts_with("```compile_fail,E0")), "{fences:?}");
    // Two ends, and the beginning of the twin.
    let plain = text.lines().filter(|line| *line == "```").count();
    assert_eq!(plain, 3 * fences.len(), "each has a twin that compiles");
}
