//! One HTML file that needs nothing else: no network, dark and light, readable without its script.
//!
//! Everything is escaped. A content security policy lets nothing run but this file's own script, by its hash.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Report, cell_text, detail, row_title, shown};
use crate::diagnose::matrix::{CellPlan, Conclusion, Judgement};
use crate::token::describe;

const STYLE: &str = include_str!("../../../../assets/matrix/style.css");
const SCRIPT: &str = include_str!("../../../../assets/matrix/script.js");

/// The report as a page.
pub fn html(report: &Report<'_>) -> String {
    let summary = report.summary();
    let environment = report.environment.map(|name| format!(" · environment {}", shown(name))).unwrap_or_default();
    let (tone, verdict) = match summary.conclusion {
        Conclusion::Good => ("good", "All expectations that were checked hold"),
        Conclusion::Broken => ("bad", "An expectation does not hold"),
        Conclusion::NotSignedIn => ("bad", "An identity that something is expected of is not signed in"),
        Conclusion::Network => ("bad", "The network failed"),
        Conclusion::Unusable => ("bad", "Something stands in the way of checking an expectation"),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}\">\n\
         <title>Access matrix</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Access matrix</h1>\n<p>{}{} · {} requests × {} identities</p>\n\
         <p class=\"verdict {tone}\">{}</p>\n<p>{}</p>\n</header>\n",
        hash(STYLE),
        hash(SCRIPT),
        escape(&describe::moment(report.at)),
        escape(&environment),
        report.matrix.rows.len(),
        report.matrix.columns.len(),
        escape(verdict),
        escape(&summary.line()),
    );
    page.push_str(
        "<form id=\"filter\" role=\"search\">\n<label>Find <input id=\"text\" type=\"search\" autocomplete=\"off\" \
         placeholder=\"request, file, identity, status\"></label>\n<label>Show <select id=\"kind\">\n\
         <option value=\"\">all requests</option>\n",
    );
    for judgement in Judgement::ALL {
        let _ = writeln!(page, "<option value=\"{}\">{}</option>", judgement.id(), judgement.label());
    }
    page.push_str(
        "</select></label>\n<button type=\"button\" id=\"open\">Open all details</button>\n\
         <output id=\"count\" aria-live=\"polite\"></output>\n</form>\n",
    );
    table(report, &mut page);
    page.push_str("<footer>\n<p>");
    for judgement in Judgement::ALL {
        let _ = write!(page, "<span class=\"{}\">{} {}</span> ", judgement.id(), judgement.sign(), judgement.label());
    }
    let _ = write!(
        page,
        "</p>\n<p>Made by bearcat {}</p>\n</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION"),
    );
    page
}

fn table(report: &Report<'_>, page: &mut String) {
    page.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Access matrix\">\n<table>\n\
         <caption>What each identity got for each request</caption>\n<thead>\n<tr><th scope=\"col\">Request</th>",
    );
    for name in &report.matrix.columns {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escape(&shown(name.as_str())));
    }
    page.push_str("</tr>\n</thead>\n");
    let mut file = None;
    for (index, row) in report.matrix.rows.iter().enumerate() {
        if file != Some(&row.request.file) {
            if file.is_some() {
                page.push_str("</tbody>\n");
            }
            file = Some(&row.request.file);
            let name = escape(&shown(&row.request.file.display().to_string()));
            let span = report.matrix.columns.len() + 1;
            let _ = writeln!(
                page,
                "<tbody>\n<tr class=\"file\"><th scope=\"rowgroup\" colspan=\"{span}\">{name}</th></tr>"
            );
        }
        let _ = write!(
            page,
            "<tr class=\"request\"><th scope=\"row\">{}<small>{}</small></th>",
            escape(&row_title(row)),
            escape(&shown(&row.url)),
        );
        for plan in report.matrix.cells.iter().filter(|plan| plan.id.row == index) {
            cell(report, plan, page);
        }
        page.push_str("</tr>\n");
    }
    if file.is_some() {
        page.push_str("</tbody>\n");
    }
    page.push_str("</table>\n</div>\n");
}

fn cell(report: &Report<'_>, plan: &CellPlan, page: &mut String) {
    let (judgement, result) = (report.judgement(plan), report.result(plan));
    let _ = write!(
        page,
        "<td class=\"{}\"><details><summary><span aria-hidden=\"true\">{}</span> {}\
         <span class=\"unseen\"> ({})</span></summary><ul>",
        judgement.id(),
        judgement.sign(),
        escape(&cell_text(plan, result)),
        judgement.label(),
    );
    for line in detail(plan, result) {
        let _ = write!(page, "<li>{}</li>", escape(&line));
    }
    page.push_str("</ul></details></td>");
}

/// `'sha256-…'`, as a content security policy names what may run.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes())))
}

/// For texts and attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
