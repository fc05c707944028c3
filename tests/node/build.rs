//! Tells the tests whether the engines that some of them need are there.

use std::path::Path;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(nats_server)");
    println!("cargo::rerun-if-env-changed=PATH");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join("nats-server")).find(|file| file.is_file());
    if let Some(file) = found {
        println!("cargo::rustc-cfg=nats_server");
        println!("cargo::rerun-if-changed={}", file.display());
    } else if Path::new("/usr/sbin").is_dir() {
        // Where Debian's package puts it, so that it is noticed once it is there.
        println!("cargo::rerun-if-changed=/usr/sbin/nats-server");
    }
}
