//! A container image that has nothing in it but the program: an OCI layout in a tar archive.
//!
//! The forms are those of the [image specification](https://github.com/opencontainers/image-spec), 1.1: `image-layout.md`,
//! `manifest.md`, `config.md`. `podman load` and `skopeo copy oci-archive:` read them, and so does Docker where containerd keeps its images.
//! Docker's own store wants the list of images that `docker save` writes, which names the same blobs.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::archive::{gzip, sha256, tar};
use super::platform::Platform;
use super::source::Source;
use super::stage::{install, make, write};
use super::tools::run;

/// What of the installed files is in the image.
const FILES: [(&str, u32); 5] = [
    ("bin/quickpickle", 0o755),
    ("share/doc/quickpickle/LICENSE", 0o644),
    ("share/doc/quickpickle/NOTICES.txt", 0o644),
    ("share/doc/quickpickle/quickpickle.cdx.json", 0o644),
    ("share/doc/quickpickle/README.md", 0o644),
];

/// The user that the program runs as: nobody that a system has.
const USER: &str = "65532:65532";

/// The archive of the image, from the installed files.
pub fn build(stage: &Path, platform: Platform, source: &Source) -> anyhow::Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("root");
    for (file, mode) in FILES {
        install(&stage.join(file), &root.join("usr").join(file), mode)?;
    }
    // Where a node's workers have their sockets.
    make(&root.join("tmp"), 0o1777)?;
    let layer = tar(&root, ".", source.epoch)?;
    let layout = folder.path().join("layout");
    let created = run(Command::new("date").args([
        "--utc",
        "--date",
        &format!("@{}", source.epoch),
        "+%Y-%m-%dT%H:%M:%SZ",
    ]))?;
    write_layout(&layout, &layer, platform.debian(), &source.version, created.trim())?;
    tar(&layout, ".", source.epoch)
}

/// The list of `docker save`, by which Docker knows an archive of its own; `docker/docs/image/spec/v1.2.md` of github.com/moby.
const SAVED: &str = "manifest.json";

/// Where the layout has the blob of a descriptor.
fn path(descriptor: &Value) -> Option<String> {
    Some(format!("blobs/{}", descriptor["digest"].as_str()?.replace(':', "/")))
}

/// Writes the layout: layer, configuration, manifest and index, each named by its digest in the next.
fn write_layout(
    layout: &Path,
    layer: &[u8],
    architecture: &str,
    version: &str,
    created: &str,
) -> anyhow::Result<()> {
    let blob = |media_type: &str, bytes: &[u8]| -> anyhow::Result<Value> {
        let digest = sha256(bytes);
        write(bytes, &layout.join("blobs/sha256").join(&digest), 0o644)?;
        Ok(json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len()}))
    };
    let labels = json!({
        "org.opencontainers.image.title": "quickpickle",
        "org.opencontainers.image.description": "Mina proofs, verified from a cold start in milliseconds",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": "https://github.com/quickpickle/quickpickle",
        "org.opencontainers.image.version": version,
    });
    let config = json!({
        "created": created,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": USER,
            "Entrypoint": ["/usr/bin/quickpickle"],
            "Cmd": ["--help"],
            "WorkingDir": "/",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", sha256(layer))]},
        "history": [{"created": created, "created_by": "cargo xtask dist"}],
    });
    let config = blob("application/vnd.oci.image.config.v1+json", &serde_json::to_vec(&config)?)?;
    let layer = blob("application/vnd.oci.image.layer.v1.tar+gzip", &gzip(layer)?)?;
    let saved = json!([{
        "Config": path(&config),
        "RepoTags": [format!("quickpickle:{version}")],
        "Layers": [path(&layer)],
    }]);
    write(&serde_json::to_vec(&saved)?, &layout.join(SAVED), 0o644)?;
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest =
        json!({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]});
    let mut manifest = blob(manifest_type, &serde_json::to_vec(&manifest)?)?;
    manifest["platform"] = json!({"architecture": architecture, "os": "linux"});
    // What podman, and what docker calls the image once it is loaded.
    manifest["annotations"] = json!({
        "org.opencontainers.image.ref.name": format!("quickpickle:{version}"),
        "io.containerd.image.name": format!("docker.io/library/quickpickle:{version}"),
    });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest],
    });
    write(&serde_json::to_vec(&index)?, &layout.join("index.json"), 0o644)?;
    write(br#"{"imageLayoutVersion":"1.0.0"}"#, &layout.join("oci-layout"), 0o644)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What a descriptor names, which has the digest and the length that it says.
    fn named(layout: &Path, descriptor: &Value) -> Vec<u8> {
        let digest = descriptor["digest"]
            .as_str()
            .and_then(|digest| digest.strip_prefix("sha256:"))
            .expect("a digest");
        let bytes = fs::read(layout.join("blobs/sha256").join(digest)).expect("a blob");
        assert_eq!(
            (sha256(&bytes).as_str(), descriptor["size"].as_u64()),
            (digest, Some(bytes.len() as u64))
        );
        bytes
    }

    #[test]
    fn every_part_of_the_image_is_named_by_its_digest() {
        let folder = tempfile::tempdir().expect("a folder");
        let layout = folder.path();
        write_layout(layout, b"layer", "arm64", "1.2.3", "2026-01-01T00:00:00Z").expect("written");
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
        let index = json(&fs::read(layout.join("index.json")).expect("an index"));
        assert_eq!(index["manifests"][0]["platform"]["architecture"], "arm64");
        let manifest = json(&named(layout, &index["manifests"][0]));
        let config = json(&named(layout, &manifest["config"]));
        assert_eq!(config["architecture"], "arm64");
        assert_eq!(config["config"]["Entrypoint"][0], "/usr/bin/quickpickle");
        let packed = named(layout, &manifest["layers"][0]);
        let mut layer = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut layer).expect("gzip");
        assert_eq!(config["rootfs"]["diff_ids"][0], format!("sha256:{}", sha256(&layer)));
        assert_eq!(layer, b"layer");
        assert_eq!(fs::read_dir(layout.join("blobs/sha256")).expect("blobs").count(), 3);

        // Docker's list names the same two.
        let saved = json(&fs::read(layout.join(SAVED)).expect("a list"));
        assert_eq!(saved[0]["RepoTags"], json!(["quickpickle:1.2.3"]));
        let listed = |path: &Value| fs::read(layout.join(path.as_str().expect("a path"))).expect("a blob");
        assert_eq!(json(&listed(&saved[0]["Config"])), config);
        assert_eq!(listed(&saved[0]["Layers"][0]), packed);
    }
}
