//! Two texts line by line: what the conflict layer shows.

use similar::{Algorithm, ChangeTag, capture_diff_slices};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// More lines than this on either side are not compared line by line.
const MOST_COMPARED: usize = 4000;

/// More lines than this are not shown.
const MOST_SHOWN: usize = 2000;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// Which side it is on.
    pub side: Side,
    /// Its text, or how many lines are left out.
    pub text: String,
}

/// Which side a line is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Both.
    Both,
    /// The old one only.
    Old,
    /// The new one only.
    New,
    /// Lines that are left out stand here.
    Skipped,
}

/// The differing lines with some around them.
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let most = old.len().min(new.len());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().min(most - start);
    let (gone, come) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let mut all: Vec<(Side, &str)> = old[..start].iter().map(|line| (Side::Both, *line)).collect();
    if gone.len().max(come.len()) > MOST_COMPARED {
        all.extend(gone.iter().map(|line| (Side::Old, *line)));
        all.extend(come.iter().map(|line| (Side::New, *line)));
    } else {
        for operation in capture_diff_slices(Algorithm::Myers, gone, come) {
            all.extend(operation.iter_changes(gone, come).map(|change| {
                let side = match change.tag() {
                    ChangeTag::Equal => Side::Both,
                    ChangeTag::Delete => Side::Old,
                    ChangeTag::Insert => Side::New,
                };
                (side, change.value())
            }));
        }
    }
    all.extend(old[old.len() - end..].iter().map(|line| (Side::Both, *line)));
    if all.iter().all(|(side, _)| *side == Side::Both) { Vec::new() } else { shortened(&all) }
}

/// Without the unchanged lines that are far from a change.
fn shortened(all: &[(Side, &str)]) -> Vec<DiffLine> {
    let mut is_near = vec![false; all.len()];
    for (at, (side, _)) in all.iter().enumerate() {
        if *side != Side::Both {
            let (from, to) = (at.saturating_sub(CONTEXT), (at + CONTEXT + 1).min(all.len()));
            is_near[from..to].fill(true);
        }
    }
    let mut shown = Vec::new();
    let mut skipped = 0;
    let skip = |skipped: &mut usize, shown: &mut Vec<DiffLine>| {
        if *skipped > 0 {
            shown.push(DiffLine {
                side: Side::Skipped,
                text: format!("{skipped} line{}", if *skipped == 1 { "" } else { "s" }),
            });
            *skipped = 0;
        }
    };
    for ((side, text), is_near) in all.iter().zip(is_near) {
        if !is_near || shown.len() >= MOST_SHOWN {
            skipped += 1;
            continue;
        }
        skip(&mut skipped, &mut shown);
        shown.push(DiffLine { side: *side, text: (*text).to_owned() });
    }
    skip(&mut skipped, &mut shown);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let lines = lines(old, new).into_iter().map(|line| {
            let sign = match line.side {
                Side::Both => ' ',
                Side::Old => '-',
                Side::New => '+',
                Side::Skipped => '…',
            };
            format!("{sign}{}", line.text)
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_differs_is_shown_with_some_lines_around() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n";
        assert_eq!(shown(old, new), "…1 line\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10");
        assert_eq!(shown("a\n", ""), "-a");
        assert_eq!(shown("", "b"), "+b");
        assert_eq!(shown("a\r\n", "a\n"), "");
    }

    #[test]
    fn large_texts_are_bounded() {
        let (old, new) = ("a\n".repeat(100_000), "b\n".repeat(100_000));
        assert!(lines(&old, &new).len() <= MOST_SHOWN + 1);
    }
}
