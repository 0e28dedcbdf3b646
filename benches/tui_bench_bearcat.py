"""Bearcat's entry for the shared terminal bench: pass it with `--extra benches/tui_bench_bearcat.py`.

The tree has the focus at start; the first request is selected.
"""


def _down(n):
    return " ".join(["<down>"] * n)


TOOLS["bearcat"].update(  # noqa: F821 - the bench gives TOOLS and marker
    cmd=["{bin}/bearcat", "{fix}"],
    env={"BEARCAT_HOME": "{home}/bearcat"},
    ready=r"tiny[\s\S]*0\.1p[\s\S]*50c[\s\S]*help",
    prep="",
    keys=("<down>", "<up>"),
    goto=lambda i: _down(i),
    send="<enter>",
    seen=lambda b: marker(b),  # noqa: F821
    focus_body="3",
    scroll="<pgdn>",
    scroll_unit="page",
    scroll_alt="<s-right>",
    cli=["{bin}/bearcat", "send", "{fix}/bench.http#tiny"],
)
