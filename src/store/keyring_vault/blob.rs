//! Texts of any length in keyring entries of at most 1,000 bytes, replaced as a whole or not at all.
//!
//! ```text
//! name             the head: generation, and per part its number of chunks, length and SHA-256
//! name/0/access/0  chunks of the generation with an even number
//! name/1/access/0  chunks of the generation with an odd number
//! ```
//!
//! A write fills the slot that is not in use, reads it back, and then replaces the head, which is one
//! keyring call. Whatever fails or ends before that call leaves the old text, after it the new one. Chunks
//! are written upwards and removed downwards, so that a slot holds its first chunks without a gap at any
//! time, and what an interrupted write left can be found without a list of it.
//!
//! All values are ASCII as long as the text is: KDE's wallet keeps nothing but text.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::port::VaultError;
use crate::store::digest::sha256_hex;
use crate::store::encoding;
use crate::store::keyring_vault::entries::Entries;

/// Windows limits an entry to 2,560 bytes, and some tools count two per character.
pub(super) const CHUNK_SIZE: usize = 1000;

/// The longest part, in chunks: far beyond any token, and an end for reading a damaged keyring.
pub(super) const MOST_CHUNKS: usize = 256;

/// Times that a read starts again because a writer replaced the text meanwhile.
const MOST_READS: usize = 3;

/// A named part of a blob.
pub(super) type Part = (&'static str, Zeroizing<String>);

/// Where a blob is, and which parts it may have. Both are constant for the life of an entry.
#[derive(Debug, Clone)]
pub(super) struct Blob {
    pub(super) name: String,
    pub(super) part_names: &'static [&'static str],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    version: u8,
    generation: u64,
    parts: Vec<HeadPart>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadPart {
    name: String,
    chunks: usize,
    bytes: usize,
    sha256: String,
}

const VERSION: u8 = 1;

impl Blob {
    /// The parts as they were written together, or `None` if there are none.
    pub(super) fn read(&self, entries: &mut impl Entries) -> Result<Option<Vec<Part>>, VaultError> {
        let Some(mut seen) = entries.get(&self.name)? else { return Ok(None) };
        for _ in 1..MOST_READS {
            let damage = match self.read_generation(entries, &self.parse_head(&seen)?) {
                Err(VaultError::Damaged(reason)) => reason,
                result => return result.map(Some),
            };
            // A writer may have replaced the chunks while they were read: then the head is another.
            let Some(now) = entries.get(&self.name)? else { return Ok(None) };
            if now == seen {
                return Err(VaultError::Damaged(damage));
            }
            seen = now;
        }
        self.read_generation(entries, &self.parse_head(&seen)?).map(Some)
    }

    /// Replaces the parts. After an error the keyring holds the old parts or the new ones, each whole.
    pub(super) fn write(&self, entries: &mut impl Entries, parts: &[Part]) -> Result<(), VaultError> {
        let old = match entries.get(&self.name) {
            Err(VaultError::Damaged(_)) => None,
            old => old?,
        };
        // A damaged head says nothing about the slots; generation 0 will do, because both are cleared.
        let old_head = old.as_ref().and_then(|old| self.parse_head(old).ok());
        let generation = old_head.as_ref().map_or(0, |head| head.generation.wrapping_add(1));
        let head = Head { version: VERSION, generation, parts: head_parts(parts)? };
        let head_text = encoding::to_json(&head, CHUNK_SIZE)?;

        self.clear_slot(entries, slot(generation))?;
        if let Err(error) = self.fill_slot(entries, &head, parts) {
            // Best effort; the next write or `clear` removes what stays.
            drop(self.clear_slot(entries, slot(generation)));
            return Err(error);
        }
        self.replace_head(entries, old.as_deref().map(Vec::as_slice), head_text.as_bytes())?;
        if let Err(error) = self.clear_slot(entries, slot(generation.wrapping_add(1))) {
            // The new text is stored; the old chunks go with the next write.
            tracing::warn!(%error, "old keyring entries could not be removed");
        }
        Ok(())
    }

    /// Removes everything of this blob, also what interrupted writes left.
    pub(super) fn clear(&self, entries: &mut impl Entries) -> Result<(), VaultError> {
        entries.delete(&self.name)?;
        self.clear_slot(entries, 0)?;
        self.clear_slot(entries, 1)
    }

    fn chunk_name(&self, slot: u64, part: &str, index: usize) -> String {
        format!("{}/{slot}/{part}/{index}", self.name)
    }

    fn parse_head(&self, bytes: &[u8]) -> Result<Head, VaultError> {
        let damaged = |what: &str| VaultError::Damaged(format!("the head of the entry {what}"));
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("is not text"))?;
        let head: Head = encoding::from_json(text).map_err(|_| damaged("cannot be read"))?;
        if head.version != VERSION {
            return Err(damaged("was written by another version of bearcat"));
        }
        if head.parts.iter().any(|part| part.chunks > MOST_CHUNKS || part.bytes > MOST_CHUNKS * CHUNK_SIZE) {
            return Err(damaged("names more chunks than there can be"));
        }
        let in_order = head.parts.iter().map(|part| self.part_names.iter().position(|name| *name == part.name));
        if !in_order.clone().all(|position| position.is_some()) || !in_order.is_sorted_by(|a, b| a < b) {
            return Err(damaged("names unknown parts"));
        }
        Ok(head)
    }

    fn read_generation(&self, entries: &mut impl Entries, head: &Head) -> Result<Vec<Part>, VaultError> {
        let mut parts = Vec::with_capacity(head.parts.len());
        for &name in self.part_names {
            let Some(described) = head.parts.iter().find(|part| part.name == name) else { continue };
            let damaged = |what: &str| VaultError::Damaged(format!("the {name} part {what}"));
            let mut joined = Zeroizing::new(Vec::with_capacity(described.bytes));
            for index in 0..described.chunks {
                let chunk = entries.get(&self.chunk_name(slot(head.generation), name, index))?;
                let chunk = chunk.ok_or_else(|| damaged("misses a chunk"))?;
                if joined.len() + chunk.len() > described.bytes {
                    return Err(damaged("is longer than it should be"));
                }
                joined.extend_from_slice(&chunk);
            }
            if joined.len() != described.bytes || sha256_hex(&joined) != described.sha256 {
                return Err(damaged("does not fit its checksum"));
            }
            let text = String::from_utf8(std::mem::take(&mut *joined)).map_err(|_| damaged("is not text"))?;
            parts.push((name, Zeroizing::new(text)));
        }
        Ok(parts)
    }

    fn fill_slot(&self, entries: &mut impl Entries, head: &Head, parts: &[Part]) -> Result<(), VaultError> {
        for (name, text) in parts {
            for (index, chunk) in split(text).into_iter().enumerate() {
                entries.set(&self.chunk_name(slot(head.generation), name, index), chunk.as_bytes())?;
            }
        }
        match self.read_generation(entries, head) {
            Ok(back) if back == parts => Ok(()),
            Ok(_) => Err(VaultError::Damaged("what was read back is not what was written".to_owned())),
            Err(VaultError::Damaged(reason)) => Err(VaultError::Damaged(format!("read back after writing: {reason}"))),
            Err(error) => Err(error),
        }
    }

    fn replace_head(&self, entries: &mut impl Entries, old: Option<&[u8]>, new: &[u8]) -> Result<(), VaultError> {
        // After an error the head may be the old one or the new one; both have their chunks.
        entries.set(&self.name, new)?;
        if entries.get(&self.name)?.is_some_and(|back| back.as_slice() == new) {
            return Ok(());
        }
        // A keyring that changes what it is given: put the old head back as well as it can be.
        match old {
            Some(old) => entries.set(&self.name, old)?,
            None => entries.delete(&self.name)?,
        }
        Err(VaultError::Damaged("the head that was read back is not what was written".to_owned()))
    }

    fn clear_slot(&self, entries: &mut impl Entries, slot: u64) -> Result<(), VaultError> {
        for name in self.part_names {
            let mut count = 0;
            while count < MOST_CHUNKS {
                match entries.get(&self.chunk_name(slot, name, count)) {
                    Ok(None) => break,
                    Ok(Some(_)) | Err(VaultError::Damaged(_)) => count += 1,
                    Err(error) => return Err(error),
                }
            }
            for index in (0..count).rev() {
                entries.delete(&self.chunk_name(slot, name, index))?;
            }
        }
        Ok(())
    }
}

const fn slot(generation: u64) -> u64 {
    generation % 2
}

fn head_parts(parts: &[Part]) -> Result<Vec<HeadPart>, VaultError> {
    let describe = |(name, text): &Part| {
        let chunks = split(text).len();
        if chunks > MOST_CHUNKS {
            return Err(VaultError::Other(format!("{} bytes are more than the keyring takes", text.len())));
        }
        Ok(HeadPart { name: (*name).to_owned(), chunks, bytes: text.len(), sha256: sha256_hex(text.as_bytes()) })
    };
    parts.iter().map(describe).collect()
}

/// Chunks of at most [`CHUNK_SIZE`] bytes, cut between characters so that each is text by itself.
fn split(mut text: &str) -> Vec<&str> {
    let mut chunks = Vec::with_capacity(text.len().div_ceil(CHUNK_SIZE));
    while !text.is_empty() {
        let (chunk, rest) = text.split_at(text.floor_char_boundary(CHUNK_SIZE));
        chunks.push(chunk);
        text = rest;
    }
    chunks
}

#[cfg(test)]
mod tests;
