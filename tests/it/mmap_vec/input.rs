#![expect(unsafe_code, reason = "maps files, which others might change")]
//! Files that are wrong, and systems that refuse: an error that says which file, which field, what was
//! found and what was expected, and a file that is as it was.

use core::time::Duration;
use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use larder::{
    collections::mmap_vec::{Builder, FileError, MmapVec, Problem},
    os::{MappedFile, Writes},
};

use super::{
    crash::{self, Op, Scene},
    disk::SimDisk,
    kill::{Folder, child},
};

fn sample(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.at(name);
    let mut vec = MmapVec::<u64>::create(&path).unwrap();
    vec.extend(0..10_000).unwrap();
    vec.commit().unwrap();
    path
}

/// The error of opening `path`, which does not change it.
fn refused(path: &Path) -> FileError {
    let before = fs::read(path).unwrap();
    let error = MmapVec::<u64>::open(path).unwrap_err();
    assert_eq!(error.path(), path);
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert!(fs::read(path).unwrap() == before, "the file was changed");
    error
}

#[test]
fn files_that_are_too_short_say_how_long_they_must_be() {
    let folder = Folder::new("short");
    let path = sample(&folder, "vec");
    let whole = fs::read(&path).unwrap();
    for len in [0, 1, 100, 4095, 4096, 12_288, 65_535, 65_536, 100_000, whole.len() - 1] {
        fs::write(&path, &whole[..len]).unwrap();
        match *refused(&path).problem() {
            Problem::Truncated { found, expected } => {
                assert!(found == len as u64 && expected > found);
            }
            ref other => panic!("{other:?}"),
        }
    }
    // Room that a crash left behind the data is no damage.
    fs::write(&path, [&whole[..], &[7; 5000]].concat()).unwrap();
    assert!(MmapVec::<u64>::open(&path).unwrap().iter().copied().eq(0..10_000));
}

#[test]
fn foreign_files_say_what_they_are() {
    let folder = Folder::new("foreign");
    let path = sample(&folder, "vec");
    let of = |error: FileError| match error.problem() {
        Problem::Field { field, found, expected } => (*field, found.clone(), expected.clone()),
        other => panic!("{other:?}"),
    };
    let (field, found, expected) = of(MmapVec::<f64>::open(&path).unwrap_err());
    assert_eq!(field, "type of an element");
    assert!(found.contains("u64") && expected.contains("f64"), "{found} {expected}");
    let (field, found, expected) = of(MmapVec::<u32>::open(&path).unwrap_err());
    assert_eq!((field, &*found, &*expected), ("size of an element", "8", "4"));
    let tagged = Builder::<u64>::new().type_name("other");
    assert_eq!(of(tagged.open(&path).unwrap_err()).0, "type of an element");

    let whole = fs::read(&path).unwrap();
    for (at, field) in [(3, "magic number"), (16, "format version"), (20, "byte order mark")] {
        let mut bytes = whole.clone();
        bytes[at] ^= 6;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(of(refused(&path)).0, field);
    }
    let mut bytes = whole;
    bytes[20..24].reverse();
    fs::write(&path, &bytes).unwrap();
    let (field, found, expected) = of(refused(&path));
    let other_machine = (0x0102_0304_u32.swap_bytes().to_string(), 0x0102_0304.to_string());
    assert_eq!((field, (found, expected)), ("byte order mark", other_machine));
    fs::write(&path, vec![b'x'; 70_000]).unwrap();
    assert_eq!(of(refused(&path)).0, "magic number");
}

#[test]
fn every_bit_of_the_headers_is_missed_and_repair_finds_a_committed_state() {
    let mut scene = Scene::new();
    let mut states = vec![];
    for op in [Op::Push, Op::Commit, Op::Edit, Op::Commit, Op::Reopen, Op::Push, Op::Commit] {
        states.push(scene.sure.clone());
        scene.step(op).unwrap();
    }
    states.push(scene.sure.clone());
    let whole = scene.disk.now();
    let mut repaired = 0;
    for bit in 0..3 * 4096 * 8 {
        let mut image = whole.clone();
        image.flip(bit);
        let disk = SimDisk::of(image.clone());
        let error = crash::builder().open_on(disk.clone()).map(drop).unwrap_err();
        assert!(matches!(error.problem(), Problem::Field { .. }), "bit {bit}: {error}");
        assert!(disk.now() == image, "bit {bit}: the file was changed");
        if bit >= 4096 * 8 && bit % 61 == 0 {
            let vec = crash::builder().repair(true).verify(true).open_on(disk).unwrap();
            assert!(vec == scene.sure, "bit {bit}: not the last state");
            repaired += 1;
        }
    }
    assert!(repaired > 100);
}

#[test]
fn every_bit_of_the_data_is_missed_when_asked_for() {
    let folder = Folder::new("rot");
    let path = sample(&folder, "vec");
    let whole = fs::read(&path).unwrap();
    let careful = Builder::<u64>::careful();
    for byte in (65_536..65_536 + 80_000).step_by(997) {
        let mut bytes = whole.clone();
        bytes[byte] ^= 1 << (byte % 8);
        fs::write(&path, &bytes).unwrap();
        let error = careful.open(&path).unwrap_err();
        assert!(error.to_string().contains("checksum of the data"), "{error}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(careful.open(&path).unwrap().len(), 10_000);
}

#[test]
fn one_writer_or_many_readers() {
    let folder = Folder::new("lock");
    let path = sample(&folder, "vec");
    let writer = MmapVec::<u64>::open(&path).unwrap();
    assert!(matches!(refused(&path).problem(), Problem::Locked));
    let reading = Builder::<u64>::new().open_read_only(&path).unwrap_err();
    assert!(matches!(reading.problem(), Problem::Locked));
    drop(writer);
    let mut one = Builder::<u64>::new().open_read_only(&path).unwrap();
    let other = Builder::<u64>::new().open_read_only(&path).unwrap();
    assert!(one == other);
    assert!(matches!(refused(&path).problem(), Problem::Locked));
    one[3] = 0;
    assert!(matches!(one.commit().unwrap_err().problem(), Problem::ReadOnly));
    assert_eq!(other[3], 3);
    // SAFETY: the writers of this crate are locked out, and this test writes nothing.
    let mapped = unsafe { Builder::<u64>::new().open_mapped_read_only(&path) }.unwrap();
    assert!(mapped == other);
}

#[test]
fn the_child_that_keeps_a_file_open() {
    let Ok(folder) = std::env::var("LARDER_LOCK_CHILD") else { return };
    let _vec = MmapVec::<u64>::open(Path::new(&folder).join("vec")).unwrap();
    fs::write(Path::new(&folder).join("open"), []).unwrap();
    // Until the parent closes its end.
    let _ = io::stdin().read_line(&mut String::new());
}

#[test]
fn a_file_that_another_process_has_open_is_refused_until_it_is_closed() {
    let folder = Folder::new("lock-other");
    let path = sample(&folder, "vec");
    let test = "mmap_vec::input::the_child_that_keeps_a_file_open";
    let mut child = child(test, "LARDER_LOCK_CHILD", &folder.0);
    let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
    while !folder.at("open").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the child has ended");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(matches!(refused(&path).problem(), Problem::Locked));
    let reading = Builder::<u64>::new().open_read_only(&path).unwrap_err();
    assert!(matches!(reading.problem(), Problem::Locked));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(MmapVec::<u64>::open(&path).unwrap().len(), 10_000);
}

#[test]
fn names_that_are_taken_missing_or_no_files() {
    let folder = Folder::new("names");
    let path = sample(&folder, "vec");
    let problem = |answer: Result<MmapVec<u64>, FileError>| answer.map(drop).unwrap_err();
    let taken = problem(MmapVec::create(&path));
    assert!(matches!(taken.problem(), Problem::AlreadyExists), "{taken}");
    // Nobody is at the other end of the pipe: to open it to read would wait for ever.
    let pipe = folder.at("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for place in [&folder.0, &pipe] {
        let reading = Builder::<u64>::new().open_read_only(place).map(drop).unwrap_err();
        for error in [problem(MmapVec::open(place)), reading] {
            assert!(matches!(error.problem(), Problem::NotAFile), "{error}");
            assert_eq!(error.path(), place);
        }
    }
    let folder_itself = problem(MmapVec::create(&folder.0));
    assert!(matches!(folder_itself.problem(), Problem::NotAFile), "{folder_itself}");
    fs::remove_file(&pipe).unwrap();
    let missing = folder.at("none").join("vec");
    for error in [problem(MmapVec::open(&missing)), problem(MmapVec::create(&missing))] {
        assert!(
            matches!(error.problem(), Problem::Io { source, .. }
                if source.kind() == io::ErrorKind::NotFound),
            "{error}"
        );
    }
    // Nothing but the sample is in the folder: what was not finished has gone.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    assert_eq!(MmapVec::<u64>::open(&path).unwrap().len(), 10_000);
    let again = Builder::<u64>::new().open_or_create(&path).unwrap();
    assert_eq!(again.len(), 10_000);
}

#[test]
fn a_folder_or_a_file_that_cannot_be_written_is_an_error() {
    // Even the superuser makes no files here.
    let error = MmapVec::<u64>::create("/proc/larder").unwrap_err();
    assert!(matches!(error.problem(), Problem::Io { .. }), "{error}");
    assert!(error.to_string().contains("/proc/larder"), "{error}");
    // Nor does it write a program that runs.
    let program = std::env::current_exe().unwrap();
    let error = MmapVec::<u64>::open(&program).unwrap_err();
    assert_eq!(error.path(), program);
    assert!(matches!(error.problem(), Problem::Io { doing: "open the file", .. }), "{error}");
}

#[test]
fn a_file_cut_off_under_the_vector_is_an_error_and_no_signal() {
    let folder = Folder::new("cut");
    let path = sample(&folder, "vec");
    let cut = |len| OpenOptions::new().write(true).open(&path).unwrap().set_len(len).unwrap();
    let whole = fs::read(&path).unwrap();
    let mut vec = MmapVec::<u64>::open(&path).unwrap();
    cut(70_000);
    vec[0] = 1;
    assert!(vec.iter().copied().skip(1).eq(1..10_000));
    let error = vec.commit().unwrap_err();
    assert!(matches!(error.problem(), Problem::Truncated { found: 70_000, .. }), "{error}");
    assert!(matches!(vec.commit().unwrap_err().problem(), Problem::Poisoned { .. }));
    drop(vec);

    fs::write(&path, &whole).unwrap();
    // SAFETY: it is cut off below, and not read in the part that is gone.
    let mut mapped = unsafe { Builder::<u64>::new().open_mapped(&path) }.unwrap();
    mapped.check().unwrap();
    assert_eq!(mapped[9999], 9999);
    mapped.push(1).unwrap();
    cut(70_000);
    // The page that was written has gone with the file; the commit finds out without touching it.
    let error = mapped.commit().unwrap_err();
    assert!(matches!(error.problem(), Problem::Truncated { found: 70_000, .. }), "{error}");
    assert!(mapped.check().is_err());
    assert_eq!(mapped[0], 0);
    drop(mapped);

    fs::write(&path, vec![1; 20_000]).unwrap();
    // SAFETY: as above.
    let file = unsafe { MappedFile::open(&path, Writes::ToFile) }.unwrap();
    file.populate(..).unwrap();
    cut(100);
    assert!(file.populate(..).is_err());
}

/// Appends and commits until the disk is full, then commits what fits, and says how far it came.
fn fill(folder: &Path) {
    let path = folder.join("vec");
    let mut vec = Builder::<u64>::small().create(&path).unwrap();
    let error = loop {
        let len = vec.len() as u64;
        vec.extend(len..len + 5000).unwrap();
        if let Err(error) = vec.commit() {
            break error;
        }
        fs::write(folder.join("sure"), vec.len().to_string()).unwrap();
    };
    assert!(error.is_out_of_space(), "{error}");
    assert_eq!(vec.stats().poisoned, None);
    assert!(vec.iter().copied().eq(0..vec.len() as u64));
    assert!(vec.reserve(1 << 20).is_err());
    vec.truncate(vec.committed_len());
    vec.truncate(vec.len() - 1);
    vec.commit().unwrap();
    fs::write(folder.join("sure"), vec.len().to_string()).unwrap();
}

fn filled(folder: &Path) {
    let sure: u64 = fs::read_to_string(folder.join("sure")).unwrap().parse().unwrap();
    let vec = Builder::<u64>::careful().open(folder.join("vec")).unwrap();
    assert!(sure > 5000 && vec.iter().copied().eq(0..sure), "{sure} {}", vec.len());
}

#[test]
fn the_child_that_fills_the_disk() {
    if let Ok(folder) = std::env::var("LARDER_FULL_CHILD") {
        fill(Path::new(&folder));
    }
}

#[test]
fn a_limit_on_file_sizes_is_an_error_and_no_signal() {
    let folder = Folder::new("limit");
    let test = child("mmap_vec::input::the_child_that_fills_the_disk", "", &folder.0);
    let status = Command::new("sh")
        .args(["-c", "ulimit -f 1024; exec \"$0\" \"$@\""])
        .arg(test.get_program())
        .args(test.get_args())
        .env("LARDER_FULL_CHILD", &folder.0)
        // What it says may go to a file that is beyond the limit already.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    filled(&folder.0);
}

#[test]
fn a_full_disk_is_an_error_and_no_signal() {
    let folder = Folder::new("full");
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "larder-test"])
        .arg(&folder.0)
        .status();
    if !mount.is_ok_and(|status| status.success()) {
        println!("not allowed to mount a small file system: not tried");
        return;
    }
    let answer = std::panic::catch_unwind(|| {
        fill(&folder.0);
        filled(&folder.0);
    });
    Command::new("umount").arg(&folder.0).status().unwrap();
    answer.unwrap();
}
