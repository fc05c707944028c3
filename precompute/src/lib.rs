//! Build-time computation and storage of the tables.
//!
//! [`bake`] gets tables of the manifest from wherever [`Source`] says and gives none that differs from its pin.

#![forbid(unsafe_code)]

mod bake;
mod build_script;
mod manifest;
mod store;

pub use bake::{BakeError, Baked, Origin, Source, Table, bake, file_name};
pub use build_script::{STORE_DIR, TABLES_DIR};
pub use manifest::{Manifest, ManifestError};
pub use store::{LoadError, Store, StoreLock};
