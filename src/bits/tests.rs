//! The sums against the same sums in `u128`, where nothing can overflow, at and around every edge.

use super::{align, buddy, good_fit, growth, mask, size_class, stack, window};

/// Addresses and sizes at which something may go wrong: around 0, powers of two, the signed
/// middle and the last address.
fn edges() -> impl Iterator<Item = usize> + Clone {
    let middle = isize::MAX.cast_unsigned();
    let anchors = [0, 16, 256, 4096, 1 << 20, 1 << 31, middle, middle + 1, usize::MAX];
    anchors.into_iter().flat_map(|anchor| {
        (0..=17).flat_map(move |d| [anchor.checked_add(d), anchor.checked_sub(d)]).flatten()
    })
}

fn alignments() -> impl Iterator<Item = usize> + Clone {
    (0..usize::BITS - 1).map(|bit| 1_usize << bit)
}

/// The question of `carve`, asked where the answer cannot wrap.
fn carve_wide(cursor: usize, end: usize, size: usize, align: usize) -> Option<window::Carved> {
    let align = align as u128;
    let start = (cursor as u128).div_ceil(align) * align;
    let after = start + size as u128;
    if after > end as u128 {
        return None;
    }
    Some(window::Carved {
        start: usize::try_from(start).unwrap(),
        cursor: usize::try_from(after).unwrap(),
    })
}

#[test]
fn rounding_agrees_with_wide_arithmetic() {
    for value in edges() {
        for a in alignments() {
            let wide = (value as u128).div_ceil(a as u128) * a as u128;
            assert_eq!(align::up(value, a), usize::try_from(wide).ok(), "{value} up to {a}");
            assert_eq!(align::down(value, a), value / a * a, "{value} down to {a}");
            assert_eq!(align::is_aligned(value, a), value % a == 0, "{value} at {a}");
        }
    }
}

#[test]
fn carving_agrees_with_wide_arithmetic() {
    let most = isize::MAX.cast_unsigned();
    let mut fits = 0_u64;
    for cursor in edges().filter(|&c| c != 0) {
        for room in edges().filter(|&r| r <= most).step_by(3) {
            let Some(end) = cursor.checked_add(room) else { continue };
            for a in alignments().step_by(7) {
                for size in edges().filter(|&s| s <= most - (a - 1)).step_by(7) {
                    let wide = carve_wide(cursor, end, size, a);
                    assert_eq!(
                        window::carve(cursor, end, size, a),
                        wide,
                        "{size} at {a} in {cursor}..{end}"
                    );
                    fits += u64::from(wide.is_some());
                    if size % a == 0 {
                        assert_eq!(window::carve_multiple(cursor, end, size, a), wide);
                    }
                }
            }
        }
    }
    assert!(fits > 10_000, "the edges must include windows that serve: {fits}");
}

#[test]
fn a_closed_window_serves_nothing_not_even_no_bytes() {
    for cursor in edges().filter(|&c| c >= window::CLOSED_CURSOR) {
        for a in alignments() {
            assert_eq!(window::carve(cursor, cursor - 1, 0, a), None, "{cursor} at {a}");
            assert_eq!(window::carve_multiple(cursor, cursor - 1, 0, a), None);
        }
    }
}

#[test]
fn resizing_in_place_agrees_with_wide_arithmetic() {
    for start in edges().filter(|&s| s != 0).step_by(3) {
        for old in [0, 1, 8, 100] {
            for (gap, room) in [(0, 0), (0, 64), (0, 4096), (1, 64), (64, 64)] {
                let Some(cursor) = start.checked_add(old + gap) else { continue };
                let Some(end) = cursor.checked_add(room) else { continue };
                for a in [1, 8, 4096] {
                    for size in edges().filter(|&s| s <= isize::MAX.cast_unsigned() - a).step_by(3)
                    {
                        let wide = gap == 0
                            && start % a == 0
                            && start as u128 + size as u128 <= end as u128;
                        assert_eq!(
                            window::fits_in_place(start, old, cursor, end, size, a),
                            wide,
                            "{start}+{old} to {size} at {a}, cursor {cursor}, end {end}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn chunks_grow_and_stop_growing() {
    let mut last = 0;
    let mut steps = 0;
    loop {
        let next = growth::next_chunk(last);
        assert!(next >= last, "{next} after {last}");
        if next == last {
            break;
        }
        assert!((next + growth::MALLOC_OVERHEAD).is_power_of_two());
        last = next;
        steps += 1;
    }
    assert_eq!(last + growth::MALLOC_OVERHEAD, growth::LARGEST_CHUNK);
    assert_eq!(steps, 15);
    for last in edges() {
        assert!(growth::next_chunk(last) <= growth::LARGEST_CHUNK);
    }
}

#[test]
fn capacities_hold_what_is_needed_or_are_refused() {
    for size in [0, 1, 3, 8, 4096, usize::MAX] {
        for needed in edges() {
            for capacity in edges().filter(|&c| c <= needed) {
                let most = if size == 0 { u128::MAX } else { isize::MAX as u128 / size as u128 };
                match growth::next_capacity(capacity, needed, 4, size) {
                    Some(next) => assert!(next >= needed && next as u128 <= most.max(1)),
                    None => assert!(needed as u128 > most),
                }
            }
        }
    }
}

#[test]
fn every_size_is_in_the_smallest_class_that_holds_it() {
    for size in 0..100_000 {
        let class = size_class::class_of(size);
        assert!(size_class::size_of(class) >= size, "{size} does not fit class {class}");
        assert!(
            class == 0 || size_class::size_of(class - 1) < size,
            "{size}: {class} is too large"
        );
    }
}

#[test]
fn classes_waste_at_most_an_eighth() {
    for size in 1..200_000 {
        let block = size_class::size_of(size_class::class_of(size));
        let waste = block - size;
        assert!(waste < size_class::UNIT || waste * 8 <= block, "{size} in {block}");
        assert_eq!(block % size_class::UNIT, 0);
    }
}

#[test]
fn classes_of_enormous_sizes_do_not_wrap() {
    let mut last = 0;
    for class in 0..2 * size_class::class_of(usize::MAX) {
        let size = size_class::size_of(class);
        assert!(size >= last, "class {class}: {size} after {last}");
        last = size;
    }
    for size in edges().filter(|&s| s <= isize::MAX.cast_unsigned()) {
        assert!(size_class::size_of(size_class::class_of(size)) >= size);
    }
}

#[test]
fn a_mask_agrees_with_an_array_of_booleans() {
    let mut model = [false; mask::SLOTS];
    let mut mask = mask::Mask::EMPTY;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..10_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let slot = (state >> 33) as usize % (mask::SLOTS + 2);
        let taken = model.get(slot).copied();
        assert_eq!(mask.is_taken(slot), taken == Some(true));
        if state >> 63 == 0 {
            assert_eq!(mask.take(slot), taken == Some(false));
            model.iter_mut().skip(slot).take(1).for_each(|s| *s = true);
        } else {
            assert_eq!(mask.free(slot), taken == Some(true));
            model.iter_mut().skip(slot).take(1).for_each(|s| *s = false);
        }
        assert_eq!(mask.count(), model.iter().filter(|&&t| t).count());
        assert_eq!(mask.lowest_free(), model.iter().position(|&t| !t));
        assert!(mask.taken().eq((0..mask::SLOTS).filter(|&s| model[s])));
        assert_eq!(mask.taken().len(), mask.count());
    }
}

#[test]
fn the_first_slots_of_a_mask() {
    for count in 0..=mask::SLOTS + 3 {
        let mask = mask::Mask::first(count);
        assert!(mask.taken().eq(0..count.min(mask::SLOTS)));
        assert_eq!(mask::Mask::from_bits(mask.bits()), mask);
    }
}

/// Where a block of a stack goes, asked where the answer cannot wrap.
fn place_wide(cursor: usize, end: usize, size: usize, align: usize) -> Option<stack::Placed> {
    let start = (cursor as u128).next_multiple_of(align.max(stack::GRID) as u128);
    let after = start + (size + stack::WORD) as u128;
    let after = after.next_multiple_of(stack::GRID as u128);
    (size > 0 && after <= end as u128).then(|| stack::Placed {
        start: usize::try_from(start).unwrap(),
        cursor: usize::try_from(after).unwrap(),
    })
}

#[test]
fn placing_on_a_stack_agrees_with_wide_arithmetic() {
    let most = isize::MAX.cast_unsigned();
    let mut fits = 0_u64;
    for cursor in edges().filter(|&c| c != 0 && c % stack::GRID == 0) {
        for room in edges().filter(|&r| r <= most).step_by(3) {
            let Some(end) = cursor.checked_add(room) else { continue };
            for a in alignments().step_by(4) {
                for size in edges().filter(|&s| s <= most - (a - 1)).step_by(7) {
                    let wide = place_wide(cursor, end, size, a);
                    let placed = stack::place_aligned(cursor, end, size, a);
                    assert_eq!(placed, wide, "{size} at {a} in {cursor}..{end}");
                    fits += u64::from(wide.is_some());
                    let short = stack::place(cursor, end, size, a);
                    let expected = wide.filter(|_| a <= stack::GRID).map(|placed| placed.cursor);
                    assert_eq!(short, expected, "{size} at {a} in {cursor}..{end}");
                }
            }
        }
    }
    assert!(fits > 3_000, "the edges must include windows that serve: {fits}");
}

#[test]
fn a_closed_window_serves_no_stack() {
    for size in edges().filter(|&s| s <= isize::MAX.cast_unsigned()) {
        for a in [1, stack::GRID, 4096] {
            assert_eq!(stack::place(window::CLOSED_CURSOR, window::CLOSED_END, size, a), None);
            let placed = stack::place_aligned(window::CLOSED_CURSOR, window::CLOSED_END, size, a);
            assert_eq!(placed, None);
        }
    }
}

#[test]
fn a_request_for_a_stack_is_enough_wherever_it_lies() {
    for a in [1, stack::GRID, 2 * stack::GRID, 4096] {
        for size in (1..200).chain([4000, 100_000]) {
            let (bytes, align) = stack::request(size, a).unwrap();
            for start in (0..300).map(|n| (1 << 20) + n * stack::GRID) {
                let end = start + bytes + align - 1;
                let placed = stack::place_aligned(stack::first(start), end, size, a);
                assert!(placed.is_some(), "{size} at {a} in {start}..{end}");
                let floor = stack::floor_of(stack::first(start)) - stack::WORD;
                assert!(floor >= start && floor.is_multiple_of(stack::WORD));
            }
        }
    }
    assert_eq!(stack::request(usize::MAX, 1), None);
}

#[test]
fn the_largest_block_of_a_room_fits_and_no_larger_one() {
    for room in (0..200).chain(edges().filter(|&r| r < 1 << 40)) {
        let (cursor, size) = (64 * stack::GRID, stack::all_of(room));
        if size > 0 {
            assert!(stack::place(cursor, cursor + room, size, 1).is_some());
            assert_eq!(stack::usable(size), size);
        }
        assert_eq!(stack::place(cursor, cursor + room, size + 1, 1), None);
    }
}

#[test]
fn a_stack_collapses_to_the_live_block_or_the_window_beneath() {
    let first = stack::first(1000 * stack::GRID);
    let floor = stack::floor_of(first);
    for freed in 0..32_usize {
        for beneath in [None, Some(64)] {
            let position = |n: usize| first + 3 * stack::GRID * n;
            let link = |at: usize| {
                if at == floor {
                    return beneath.map_or(stack::Link::NOTHING, |c| stack::Link::live(c).freed());
                }
                let n = (at - first) / (3 * stack::GRID);
                let below = if n == 0 { floor } else { position(n - 1) };
                let link = stack::Link::live(below);
                assert!(!link.is_freed() && link.below() == below && link.below_live() == below);
                if n < 5 && freed >> n & 1 == 1 { link.freed() } else { link }
            };
            let live = (0..5).rev().find(|n| freed >> n & 1 == 0);
            let expected = match (live, beneath) {
                (Some(n), _) => stack::Collapsed::At(position(n + 1)),
                (None, None) => stack::Collapsed::At(first),
                (None, Some(cursor)) => stack::Collapsed::Emptied(cursor),
            };
            assert_eq!(stack::collapse(position(5), link), expected, "{freed:#b}");
        }
    }
}

#[test]
fn every_run_of_the_class_for_a_request_is_long_enough_and_no_lower_class_is_sure() {
    let most = usize::MAX / good_fit::STEPS;
    for granules in (1..50_000).chain(edges().filter(|e| (1..most).contains(e))) {
        let (of, class) = (good_fit::class_of(granules), good_fit::class_for(granules));
        assert!(class == of || class == of + 1, "{granules}: {of}, {class}");
        // The shortest run of the class after is longer; of the class itself it is no shorter.
        if granules > 1 {
            assert!(good_fit::class_of(granules - 1) <= of);
            let shortest = good_fit::class_of(granules - 1) < of;
            assert_eq!(class == of, shortest, "{granules}");
        }
    }
    assert!(good_fit::class_of(usize::MAX / (2 * size_of::<usize>())) < good_fit::CLASSES);
}

#[test]
fn occupied_classes_agree_with_an_array_of_booleans() {
    let (classes, mut model) = (good_fit::Occupied::new(), [false; good_fit::CLASSES]);
    let mut state = 7_u64;
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let class = (state >> 33) as usize % good_fit::CLASSES;
        match state >> 62 {
            0 => {
                classes.set(class);
                model[class] = true;
            }
            1 => classes.clear_if(class, false),
            _ => {
                classes.clear_if(class, true);
                model[class] = false;
            }
        }
        let from = (state >> 20) as usize % (good_fit::CLASSES + 100);
        let first = (from..good_fit::CLASSES).find(|&c| model[c]);
        assert_eq!(classes.first_from(from), first, "from {from}");
        assert_eq!(classes.last(), model.iter().rposition(|&c| c));
    }
    assert_eq!(classes.first_from(usize::MAX), None);
}

#[test]
fn orders_are_the_least_that_serve() {
    let most = isize::MAX.cast_unsigned();
    for size in edges().filter(|&s| s > 0 && s <= most) {
        for a in alignments() {
            let order = buddy::order_of(size, a);
            let serves = |order: usize| {
                let bytes = (buddy::GRANULE as u128) << order;
                bytes >= size as u128 && bytes >= a as u128
            };
            assert!(order < buddy::ORDERS && serves(order), "{size} {a}: {order}");
            assert!(order == 0 || !serves(order - 1), "{size} {a}: {order}");
        }
    }
}

#[test]
fn pairs_have_names_of_their_own_and_pieces_are_maximal() {
    let mut names = std::collections::BTreeMap::new();
    for order in 0..8 {
        for granule in (0..256).step_by(1 << order) {
            let other = buddy::buddy_of(granule, order);
            assert_eq!(buddy::middle(granule, order), buddy::middle(other, order));
            assert_eq!(buddy::first_of(granule, order + 1), granule.min(other));
            let pair =
                *names.entry(buddy::middle(granule, order)).or_insert((order, granule.min(other)));
            assert_eq!(pair, (order, granule.min(other)));
        }
    }
    for start in 1..70 {
        for end in start..140 {
            let mut at = start;
            let mut last = None;
            for (granule, order) in buddy::pieces(start..end) {
                assert!(granule == at && granule.is_multiple_of(1 << order));
                at += 1 << order;
                // Two buddies are never two pieces.
                assert_ne!(last, Some((buddy::buddy_of(granule, order), order)));
                last = Some((granule, order));
            }
            assert_eq!(at, end);
        }
    }
}
