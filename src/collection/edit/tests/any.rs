//! What must hold for any edit of any file.

use super::*;

/// A file of requests and other things, in many spellings.
fn file() -> impl Strategy<Value = String> {
    let line = |choices: Vec<&'static str>| prop::sample::select(choices);
    let head = line(vec![
        "GET https://a.test/x",
        "POST /x?a=1&b=2",
        "GET {{host}}/y?q={{v}}&r=1#top",
        "https://a.test?one=1",
        "PUT /z?a=1&b=2&c=3 HTTP/1.1",
    ]);
    let more = line(vec!["", "  ?p=1", "  &s=2", "# &t=3", "&u=4&v=5", "    # &w=6&", "#&x=7"]);
    let directive =
        line(vec!["", "# @auth jane", "// @no-redirect", "# # @timeout 5", "# a comment", "# @name n", "@v = w"]);
    let header = line(vec![
        "",
        "Accept: x",
        "  X-A:  y  ",
        "# X-B: z",
        "//X-C: {{v}}",
        "Empty:",
        "\tfolded",
        "# a note",
        "no colon",
    ]);
    let kind = line(vec![
        "",
        "Content-Type: application/json",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: text/plain",
    ]);
    let body = line(vec![
        "",
        "{",
        "}",
        "a=1&b=2",
        "&c=3",
        "# &d=4",
        "# comment",
        "< ./file",
        "GET https://inside.test",
        "é 漢",
    ]);
    let tail = line(vec!["", "> {% x %}", "# end", "<> r.json"]);
    let request = (
        line(vec!["###", "### name", "### é ", ""]),
        prop::collection::vec(directive, 0..3),
        head,
        prop::collection::vec(more, 0..3),
        prop::collection::vec(header, 0..3),
        kind,
        prop::collection::vec(body, 0..4),
        tail,
    )
        .prop_map(|(separator, directives, head, more, headers, kind, body, tail)| {
            let mut lines: Vec<&str> = vec![separator];
            lines.extend(directives);
            lines.push(head);
            lines.extend(more.into_iter().filter(|line| !line.is_empty()));
            lines.extend(headers.into_iter().filter(|line| !line.is_empty()));
            lines.extend(Some(kind).filter(|kind| !kind.is_empty()));
            lines.push("");
            lines.extend(body);
            lines.push("");
            lines.push(tail);
            lines.into_iter().map(str::to_owned).collect::<Vec<String>>()
        });
    let ends = line(vec!["\n", "\n", "\r\n"]);
    (prop::collection::vec((request, ends), 1..4), any::<bool>(), any::<bool>()).prop_map(|(requests, mark, cut)| {
        let mut text = String::new();
        if mark {
            text.push('\u{feff}');
        }
        for (lines, end) in requests {
            for line in lines {
                text.push_str(&line);
                text.push_str(end);
            }
        }
        if cut {
            text.truncate(text.trim_end().len());
        }
        text
    })
}

fn table() -> impl Strategy<Value = Table> {
    prop::sample::select(vec![Table::Params, Table::Headers, Table::Directives, Table::Form])
}

fn change() -> impl Strategy<Value = RequestEdit> {
    let words = prop::sample::select(vec![
        "x",
        "new-value",
        "{{v}}",
        "a&b",
        "é",
        "",
        "1 2",
        "#",
        "x=y",
        "http://b.test",
        "@z",
        "### q",
    ]);
    let name = prop::sample::select(vec!["X-New", "a", "timeout", "{{n}}", "b c", ""]);
    let text = words.clone().prop_map(str::to_owned);
    prop_oneof![
        1 => prop::sample::select(vec!["GET", "DELETE", "PURGE", "x"]).prop_map(|m| RequestEdit::Method(m.to_owned())),
        2 => prop::sample::select(vec!["/new", "https://b.test/x?a=1&b=3", "{{host}}/y?q={{v}}&r=1", "/x?a=1&p=1", "no url at all"]).prop_map(|u| RequestEdit::Url(u.to_owned())),
        1 => text.prop_map(RequestEdit::Name),
        2 => (table(), 0_usize..4, name.clone(), words.clone()).prop_map(|(table, index, name, value)| super::set(table, index, name, value)),
        2 => (table(), name, words).prop_map(|(table, name, value)| super::add(table, name, value)),
        2 => (table(), 0_usize..4).prop_map(|(table, index)| super::remove(table, index)),
        4 => (table(), 0_usize..4).prop_map(|(table, index)| super::toggle(table, index)),
        2 => (table(), 0_usize..4, 0_usize..4).prop_map(|(table, index, to)| super::shift(table, index, to)),
        1 => prop::sample::select(vec!["", "{}", "{\n1\n}", "a=1&b=2\n&c=3", "x\n\ny", "# c\nd", "### no", "GET https://x"]).prop_map(|b| RequestEdit::Body(b.to_owned())),
        1 => prop::sample::select(vec![None, Some(AuthDirective::None), Some(AuthDirective::Identity { name: IdentityName::new("bob"), carrier: TokenCarrier::Bearer })]).prop_map(RequestEdit::Auth),
        1 => prop::sample::select(vec![None, Some("v")]).prop_map(|v| RequestEdit::Header { name: "Accept".to_owned(), value: v.map(str::to_owned) }),
    ]
}

const TABLES: [Table; 4] = [Table::Params, Table::Headers, Table::Directives, Table::Form];

fn all_rows(collection: &Collection, request: usize, table: Table) -> Vec<(String, String, RowState)> {
    rows(collection, request, table).into_iter().map(|row| (row.name, row.value, row.state)).collect()
}

/// Which table an edit is about; edits of other things touch none but the URL's.
const fn table_of(change: &RequestEdit) -> Option<Table> {
    match change {
        RequestEdit::SetRow { table, .. }
        | RequestEdit::AddRow { table, .. }
        | RequestEdit::RemoveRow { table, .. }
        | RequestEdit::ToggleRow { table, .. }
        | RequestEdit::MoveRow { table, .. } => Some(*table),
        RequestEdit::Url(_) => Some(Table::Params),
        RequestEdit::Header { .. } => Some(Table::Headers),
        RequestEdit::Auth(_) | RequestEdit::Name(_) => Some(Table::Directives),
        RequestEdit::Body(_) => Some(Table::Form),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// An edit changes what it is about, no other request, and no other table; the patch says all of it.
    #[test]
    fn an_edit_changes_nothing_else(text in file(), request in 0_usize..3, change in change()) {
        let old = parse(&text);
        let Ok(new) = edit(&old, request, &change) else { return Ok(()) };
        prop_assert_eq!(old.requests.len(), new.requests.len());
        for (at, (a, b)) in old.requests.iter().zip(&new.requests).enumerate() {
            prop_assert!(at == request || same(a, b), "request {} changed", at);
        }
        // A `Content-Type` says what the body is; it may come and go with its row.
        let kind = |collection: &Collection| collection.requests[request].headers.iter()
            .find(|header| header.name.text.eq_ignore_ascii_case("content-type")).map(|header| header.value.text.clone());
        for table in TABLES {
            let is_meant = table_of(&change) == Some(table)
                || table == Table::Form && kind(&old) != kind(&new)
                // Comments may stand inside a body, directives too.
                || table == Table::Directives && matches!(change, RequestEdit::Body(_));
            if !is_meant {
                prop_assert_eq!(all_rows(&old, request, table), all_rows(&new, request, table), "{:?}", table);
            }
        }
        let patches = plan(&old, request, &change).unwrap();
        let patched = old.patched(&patches).unwrap();
        prop_assert_eq!(patched.bytes(), new.bytes());
        // Lines of other requests keep their bytes.
        let span = &old.requests[request].span;
        prop_assert!(new.source.starts_with(&old.source[..span.start]));
        prop_assert!(new.source.ends_with(&old.source[span.end..]));
        // Doing it backwards gives the old bytes.
        if let Some(back) = difference(&new.source, &old.source) {
            let back = new.patched(&[back]).unwrap();
            prop_assert_eq!(back.bytes(), old.bytes());
        }
    }

    #[test]
    fn switching_off_and_on_gives_the_old_bytes(text in file(), request in 0_usize..3, table in table(), index in 0_usize..5) {
        let old = parse(&text);
        let is_on = rows(&old, request, table).get(index).is_some_and(|row| row.state == RowState::Enabled);
        let Some(off) = is_on.then(|| edit(&old, request, &super::toggle(table, index)).ok()).flatten() else { return Ok(()) };
        prop_assert_eq!(rows(&off, request, table)[index].state, RowState::Disabled);
        let on = edit(&off, request, &super::toggle(table, index));
        prop_assert_eq!(on.as_ref().map(|on| on.source.to_string()), Ok(old.source.to_string()), "off: {}", off.source);
    }

    #[test]
    fn whole_requests_are_kept(text in file(), from in 0_usize..4, to in 0_usize..4, what in 0_usize..4) {
        let old = parse(&text);
        let change = match what {
            0 => StructureEdit::Insert { at: Position::After(from), text: "### new\nGET /new\nA: b\n\nbody\n".to_owned() },
            1 => StructureEdit::Duplicate(from),
            2 => StructureEdit::Delete(from),
            _ => StructureEdit::Move { from, to },
        };
        let Ok(new) = restructure(&old, &change) else { return Ok(()) };
        for (before, after) in new.moved.iter().enumerate() {
            if let Some(after) = after {
                prop_assert!(same(&old.requests[before], &new.collection.requests[*after]));
            }
        }
        let lost = new.moved.iter().filter(|after| after.is_none()).count();
        prop_assert_eq!(lost, usize::from(matches!(change, StructureEdit::Delete(_))));
        let names = |collection: &Collection| {
            let mut names: Vec<String> =
                collection.file_variables.iter().map(|variable| variable.name.text.clone()).collect();
            names.sort();
            names
        };
        prop_assert_eq!(names(&old), names(&new.collection));
    }

    #[test]
    fn no_edit_panics_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), change in change()) {
        let mut text = b"GET /x?".to_vec();
        text.extend(bytes);
        let old = Collection::parse(Path::new("x.http"), &text);
        for table in TABLES {
            let _ = rows(&old, 0, table);
        }
        let _ = edit(&old, 0, &change);
    }
}
