#![expect(unsafe_code, reason = "calls the unsafe methods of allocators and kernels")]
//! Regions, and calls about memory that is there.

use larder::os::{
    Access, Errno, Error, Fake, Hint, Kernel, Native, Region, hint, lock, populate, resident,
    shrink_resident, unlock,
};

#[test]
fn a_region_grows_shrinks_and_reads_as_zero() {
    let kernel = Fake::new();
    let page = kernel.page_size();
    let mut region = Region::reserve_in(1 << 32, &kernel).unwrap();
    assert_eq!((region.committed(), region.as_slice()), (0, &[][..]));
    region.commit(1).unwrap();
    assert_eq!(region.committed(), page);
    region.commit(20 * page).unwrap();
    let start = region.as_ptr();
    region.as_mut_slice().fill(7);
    assert_eq!(region.resident(), Ok(20 * page));
    region.discard(page - 1..=4 * page).unwrap();
    assert!(region.as_slice()[page..4 * page].iter().all(|byte| *byte == 0));
    assert!(region.as_slice()[..page].iter().all(|byte| *byte == 7));
    assert_eq!(region.as_slice()[4 * page], 7);
    region.decommit(2 * page).unwrap();
    assert_eq!(region.committed(), 2 * page);
    region.commit(20 * page).unwrap();
    assert!(region.as_slice()[2 * page..].iter().all(|byte| *byte == 0));
    assert_eq!((region.as_ptr(), region.reserved()), (start, 1 << 32));
    drop(region);
    assert_eq!(kernel.mapped_bytes(), 0);
}

#[test]
fn every_refusal_leaves_a_region_as_it_was() {
    fn life(kernel: &Fake) -> Result<(), Error> {
        let page = kernel.page_size();
        let mut region = Region::reserve_in(100 * page, kernel)?;
        region.commit(10 * page)?;
        region.as_mut_slice().fill(7);
        let all = |region: &Region<&Fake>| {
            region.as_slice()[..2 * page].iter().all(|byte| *byte == 7)
                && region.committed() <= region.reserved()
        };
        let result = (|| {
            region.populate(..)?;
            region.lock(..page)?;
            region.unlock(..page)?;
            region.hint(.., Hint::Sequential)?;
            region.discard(3 * page..5 * page)?;
            region.decommit(2 * page)?;
            region.commit(50 * page)?;
            region.resident()?;
            // SAFETY: nobody reads what is forbidden.
            unsafe { region.protect(40 * page.., Access::None) }?;
            // SAFETY: as above.
            unsafe { region.protect(.., Access::ReadWrite) }
        })();
        assert!(all(&region));
        region.as_mut_slice()[page] = 1;
        result
    }
    let kernel = Fake::new();
    life(&kernel).unwrap();
    let count = kernel.calls().len() - 1; // the last is the drop's
    for nth in 0..count {
        for errno in super::REFUSALS {
            kernel.refuse_any_nth(nth, errno);
            let error = life(&kernel).expect_err("a refusal is an error");
            kernel.relent();
            assert_eq!((error.errno, kernel.mapped_bytes()), (errno, 0), "{error}");
            assert_eq!(error.is_unsupported(), errno == Errno::UNSUPPORTED);
        }
    }
}

#[test]
fn what_a_region_does_not_have_is_an_error_that_says_so() {
    let mut region = Region::reserve(1 << 16).unwrap();
    let error = region.commit((1 << 16) + 1).unwrap_err();
    assert_eq!(error.limit, Some(1 << 16));
    region.commit(1 << 12).unwrap();
    let page = region.committed();
    assert_eq!(region.populate(page..page + 1).unwrap_err().limit, Some(page));
    assert!(region.lock(..=usize::MAX).is_err());
    #[expect(clippy::reversed_empty_ranges, reason = "a range of nonsense")]
    let reversed = region.discard(9..3);
    assert!(reversed.is_err());
    assert!(region.populate(page..).is_ok(), "an empty range at the end");
    assert!(Region::reserve(usize::MAX).is_err());
    assert!(Region::reserve(0).is_err());
}

#[test]
fn the_kernel_itself_refuses_with_numbers() {
    let page = Native.page_size();
    let region = Region::reserve(4 * page).unwrap();
    // Reserved addresses cannot be made present: an error, and no signal.
    // SAFETY: hints change nothing.
    let refused = unsafe {
        Native.advise(region.as_ptr(), page, larder::os::Advice::Hint(Hint::PopulateWrite))
    };
    assert!(
        matches!(refused, Err(Errno::NO_MEMORY | Errno::FAULT | Errno::INVALID)),
        "{refused:?}"
    );
    assert!(Native.map(1 << 62, Access::ReadWrite, larder::os::Backing::Private).is_err());
}

#[test]
fn memory_of_others_can_be_advised_on() {
    let mut bytes = Vec::<u64>::with_capacity(1 << 18);
    populate(bytes.spare_capacity_mut(), Native).unwrap();
    bytes.resize(1000, 9);
    assert!(resident(&bytes, Native).unwrap() >= 8000);
    hint(&bytes, Hint::Sequential, Native).unwrap();
    hint(&bytes, Hint::Normal, Native).unwrap();
    lock(&bytes[..10], Native).unwrap();
    unlock(&bytes[..10], Native).unwrap();
    let given = shrink_resident(bytes.spare_capacity_mut(), Native).unwrap();
    assert!(given >= 8 * ((1 << 18) - 1000) - 2 * Native.page_size());
    assert!(bytes.iter().all(|n| *n == 9));
    // Nothing at all is fine, too.
    let nothing: &mut Vec<u64> = &mut Vec::new();
    assert_eq!(shrink_resident(nothing.spare_capacity_mut(), Native), Ok(0));
    assert_eq!(resident(nothing, Native), Ok(0));
    lock(nothing, Native).unwrap();
    let mut small = Vec::<u8>::with_capacity(64);
    assert_eq!(shrink_resident(small.spare_capacity_mut(), Native), Ok(0));
}
