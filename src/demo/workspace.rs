//! The sample workspace that `bearcat demo` opens.

use std::path::Path;

use crate::demo::Demo;

/// The files of the sample workspace, with this demo's addresses filled in.
pub fn workspace_files(_demo: &Demo) -> Vec<(&'static str, String)> {
    Vec::new()
}

/// Writes the sample workspace into a folder, which is made if need be.
pub fn write_workspace(demo: &Demo, directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    for (path, content) in workspace_files(demo) {
        std::fs::write(directory.join(path), content)?;
    }
    Ok(())
}
