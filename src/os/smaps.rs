//! What the kernel says of memory in text: of a range of addresses in `/proc/self/smaps`, of all that is
//! left in `/proc/meminfo`.

#[cfg(target_os = "linux")]
use super::Huge;
use super::{Call, Errno, Error, Kernel};

/// Less than this is not worth reading a file for.
const LITTLE: usize = 16 << 20;

/// Fails if there is not so much memory left, as far as the kernel tells. Asked for room in a file in
/// memory, it does not refuse, but takes all there is, and then ends processes.
pub(super) fn check_left(kernel: &impl Kernel, len: usize) -> Result<(), Error> {
    if len < LITTLE {
        return Ok(());
    }
    let text = kernel.read("/proc/meminfo").unwrap_or_default();
    match text.lines().find_map(|line| bytes(line, "MemAvailable")) {
        Some(left) if left < len => {
            Err(Error { limit: Some(left), ..Error::new(Call::Map, len, Errno::NO_MEMORY) })
        }
        _ => Ok(()),
    }
}

/// The figure of a line `key:   123 kB`, in bytes.
pub(super) fn bytes(line: &str, key: &str) -> Option<usize> {
    let figure = line.strip_prefix(key)?.strip_prefix(':')?.trim().strip_suffix("kB")?;
    figure.trim().parse::<usize>().ok()?.checked_mul(1024)
}

#[cfg(target_os = "linux")]
/// The addresses of a line `7f00-7f10 rw-p ...`, which begins a mapping.
fn span(line: &str) -> Option<(usize, usize)> {
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    Some((address(start)?, address(end)?))
}

#[cfg(target_os = "linux")]
/// How much of the range is in huge pages: per mapping, at most as much as the two overlap.
pub(super) fn huge(text: &str, start: usize, len: usize, page: usize) -> Huge {
    let end = start.saturating_add(len);
    let (mut huge, mut overlap, mut explicit) = (Huge::default(), 0, false);
    for line in text.lines() {
        if let Some((first, last)) = span(line) {
            overlap = last.min(end).saturating_sub(first.max(start));
        } else if let Some(size) = bytes(line, "KernelPageSize") {
            explicit = size > page;
        } else if let Some(size) = bytes(line, "AnonHugePages") {
            huge.transparent += size.min(overlap);
        } else if explicit
            && let Some(size) =
                bytes(line, "Private_Hugetlb").or_else(|| bytes(line, "Shared_Hugetlb"))
        {
            huge.explicit += size.min(overlap);
        }
    }
    huge
}
