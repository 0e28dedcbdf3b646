//! Files of a body: opened for streaming by the engine, read whole by the caller of `plan` when they are templates.

use std::io::{self, Read};
use std::path::Path;

use tokio::fs::File;

/// The largest file that is filled as a template; it stands in memory.
pub const LARGEST_TEMPLATE: u64 = 16 * 1024 * 1024;

/// Reads a template file: the usual [`read_template`](crate::http::plan::PlanInput::read_template). Blocks.
pub fn read_template(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| plain_words(&error))?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_TEMPLATE + 1).read_to_end(&mut bytes))
        .map_err(|error| plain_words(&error))?;
    if bytes.len() as u64 > LARGEST_TEMPLATE {
        let mebibytes = LARGEST_TEMPLATE / 1024 / 1024;
        return Err(format!("it is larger than {mebibytes} MiB; send it as it is (`< path`)"));
    }
    Ok(bytes)
}

/// Opens a file for streaming; its size is what goes into `Content-Length`.
pub(super) async fn open(path: &Path) -> Result<(File, u64), String> {
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = tokio::fs::metadata(path).await.map_err(|error| plain_words(&error))?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let file = File::open(path).await.map_err(|error| plain_words(&error))?;
    Ok((file, metadata.len()))
}

/// Why a file cannot be read.
pub(super) fn plain_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_bounded_and_faults_plain() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        assert_eq!(read_template(&path), Err("there is no such file".to_owned()));
        assert_eq!(read_template(folder.path()), Err("it is not a file".to_owned()));
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(read_template(&path), Ok(b"{}".to_vec()));
        std::fs::File::create(&path).unwrap().set_len(LARGEST_TEMPLATE + 1).unwrap();
        assert!(read_template(&path).unwrap_err().contains("larger than 16 MiB"));
    }
}
