//! A report of an import in lines for people.
//!
//! Used by the command and the terminal interface. Remarks with one reason are one line with a few of their places.

use crate::collection::draft::{Fate, ImportReport, Remark};

/// Places that are named for one reason.
const PLACES: usize = 3;

/// Remarks that have everything in common but their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'a> {
    /// What became of them.
    pub fate: Fate,
    /// What they are.
    pub kind: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Where, in the order of the input.
    pub places: Vec<&'a str>,
}

impl Group<'_> {
    /// `3 scripts: reason (Orders / list, Orders / new, and 1 more)`.
    pub fn line(&self) -> String {
        let count = self.places.len();
        let mut places: String = self.places.iter().take(PLACES).copied().collect::<Vec<_>>().join(", ");
        if count > PLACES {
            places = format!("{places}, and {} more", count - PLACES);
        }
        format!("{}: {} ({places})", counted(count, self.kind), self.reason)
    }
}

/// The remarks in groups: first what was dropped, then what is a comment, then what was changed.
pub fn groups(report: &ImportReport) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for Remark { fate, kind, place, reason } in &report.remarks {
        let at = *index.entry((*fate, *kind, reason.as_str())).or_insert_with(|| {
            groups.push(Group { fate: *fate, kind, reason, places: Vec::new() });
            groups.len() - 1
        });
        groups[at].places.push(place);
    }
    groups.sort_by(|a, b| b.fate.cmp(&a.fate).then(b.places.len().cmp(&a.places.len())));
    groups
}

/// `1 request`, `2 requests`; kinds that end in `s` are plural already.
pub fn counted(count: usize, kind: &str) -> String {
    let plural = match kind {
        "body" => "bodies",
        "auth" => "authentications",
        "query" => "queries",
        kind => return format!("{count} {kind}{}", if count == 1 || kind.ends_with('s') { "" } else { "s" }),
    };
    format!("{count} {}", if count == 1 { kind } else { plural })
}

/// `12 requests, 30 headers, 2 environments`.
pub fn taken(report: &ImportReport) -> String {
    let mut counts: Vec<_> = report.taken.iter().collect();
    // Requests first, then by number.
    counts.sort_by_key(|(kind, count)| (**kind != "requests", std::cmp::Reverse(**count)));
    let counts = counts.into_iter().map(|(kind, count)| match count {
        1 => format!("1 {}", singular(kind)),
        count => format!("{count} {kind}"),
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// `request` of `requests`, `secret moved to …` of `secrets moved to …`: the first plural word is what is counted.
fn singular(kind: &str) -> String {
    let mut is_found = false;
    let words = kind.split(' ').map(|word| match (is_found, word.strip_suffix("ies"), word.strip_suffix('s')) {
        (false, Some(stem), _) => {
            is_found = true;
            format!("{stem}y")
        }
        (false, None, Some(stem)) => {
            is_found = true;
            stem.to_owned()
        }
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The whole report in lines, grouped and bounded: at most `most` reasons of each fate.
pub fn lines(report: &ImportReport, most: usize) -> Vec<String> {
    let groups = groups(report);
    let mut lines = Vec::new();
    for fate in [Fate::Dropped, Fate::Commented, Fate::Changed] {
        let count = report.count(fate);
        if count == 0 {
            continue;
        }
        lines.push(format!("{} ({count})", title(fate)));
        let of_fate: Vec<&Group<'_>> = groups.iter().filter(|group| group.fate == fate).collect();
        lines.extend(of_fate.iter().take(most).map(|group| format!("  {}", group.line())));
        if of_fate.len() > most {
            lines.push(format!("  … and {} more reasons", of_fate.len() - most));
        }
    }
    lines
}

/// The title of a fate.
pub const fn title(fate: Fate) -> &'static str {
    match fate {
        Fate::Changed => "Changed",
        Fate::Commented => "Kept as a comment",
        Fate::Dropped => "Dropped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_of_one_reason_are_one_line() {
        let mut report = ImportReport::default();
        for at in 0..5 {
            report.remark(Fate::Commented, "script", format!("request {at}"), "bearcat runs no scripts");
        }
        report.remark(Fate::Dropped, "body", "request 1", "its mode is unknown");
        report.take("requests", 1);
        report.take("headers", 3);
        report.take("secrets moved to the private file", 1);
        report.take("identities", 1);
        report.take("attached files", 1);
        let lines: Vec<String> = groups(&report).iter().map(Group::line).collect();
        assert_eq!(
            lines,
            [
                "1 body: its mode is unknown (request 1)",
                "5 scripts: bearcat runs no scripts (request 0, request 1, request 2, and 2 more)",
            ]
        );
        assert_eq!(
            taken(&report),
            "1 request, 3 headers, 1 attached file, 1 identity, 1 secret moved to the private file"
        );
    }
}
