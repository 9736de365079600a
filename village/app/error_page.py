"""What the preview shows while the site is broken: file, line, excerpt, hint; the page heals by itself."""

from __future__ import annotations

import html

from village.errors import AuthorError, BuildFailed, VillageError, few

STYLE = """
:root{color-scheme:light dark;--ink:#1d2129;--paper:#fbf7f2;--red:#b3261e;--line:#d9cfc3;--code:#f1e9df}
@media(prefers-color-scheme:dark){:root{--ink:#ece6dd;--paper:#191613;--red:#ff8a80;--line:#3b342c;--code:#25201b}}
body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main{max-width:52rem;margin:0 auto;padding:3rem 1.25rem}
h1{font-size:1.3rem;margin:0 0 1.5rem}
article{border-left:4px solid var(--red);padding:.25rem 0 .25rem 1.1rem;margin:0 0 2rem}
.where{font:600 .95rem/1.4 ui-monospace,monospace;color:var(--red);overflow-wrap:anywhere}
.what{font-size:1.1rem;margin:.3rem 0;overflow-wrap:anywhere}
pre{background:var(--code);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;
overflow-x:auto;font-size:.9rem}
.hint::before{content:"→ ";color:var(--red)}
footer{border-top:1px solid var(--line);padding-top:1rem;font-size:.9rem;opacity:.75}
"""


def page(error: VillageError) -> str:
    """The whole document for one error, or for all errors of a failed build."""
    errors = error.causes() if isinstance(error, BuildFailed) else (error,)
    count = len(errors)
    heading = "The site has an error" if count == 1 else f"The site has {count} errors"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main><h1>{heading}</h1>{''.join(article(each) for each in errors)}"
        "<footer>Save the file and this page heals by itself. Visitors of the published site still see the last "
        "good release.</footer></main></body></html>"
    )


def article(error: VillageError) -> str:
    """One error as HTML; everything in it is escaped, for it quotes the author's files."""
    parts = []
    if isinstance(error, AuthorError) and error.where:
        parts.append(f'<div class="where">{html.escape(error.where)}</div>')
    parts.append(f'<p class="what">{html.escape(error.message)}</p>')
    if isinstance(error, AuthorError):
        parts += [f"<div>in {html.escape(link)}</div>" for link in error.chain]
        parts += [f"<div>also in {html.escape(few(error.also))}</div>"] if error.also else []
        if error.excerpt:
            parts.append(f"<pre>{html.escape(error.excerpt)}</pre>")
    if error.hint:
        parts.append(f'<p class="hint">{html.escape(error.hint)}</p>')
    return f"<article>{''.join(parts)}</article>"
